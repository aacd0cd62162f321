import type { ClientOptions } from 'persona-client';
import { createTestClient, startService } from './service.js';

/** A kind of deployed service. `in-between` is `attributes`, but sends JSON for unknown routes. */
export type ServiceKind = (typeof SERVICE_KINDS)[number];
export const SERVICE_KINDS = ['subresource', 'attributes', 'in-between'] as const;

export const toDialect = (kind: ServiceKind) => (kind === 'in-between' ? 'attributes' : kind);

/** Responds to a request itself, or returns `undefined` to pass the request on. */
type Interceptor = (request: { readonly method: string; readonly path: string }) => Response | undefined;

const unknownRoute = () => Response.json({ message: 'Not found', status_code: 404 }, { status: 404 });

/** Starts one service per kind. The client reaches the current one, as if it ran at a fixed address. */
export async function startSwitchableService(initialKind: ServiceKind) {
  const services = {
    subresource: await startService({ dialect: 'subresource', seed: 20 }),
    attributes: await startService({ dialect: 'attributes', seed: 20 }),
  };
  let kind = initialKind;
  let intercept: Interceptor = () => undefined;
  const requests: string[] = [];

  const send: typeof globalThis.fetch = async (url, init) => {
    const { pathname, search } = new URL(String(url));
    const method = init?.method ?? 'GET';
    requests.push(`${method} ${pathname}${search}`.replace('/api/v1', ''));
    const currentKind = kind;
    const intercepted = intercept({ method, path: pathname });
    if (intercepted) return intercepted;
    const response = await fetch(services[toDialect(currentKind)].url + pathname + search, init);
    const isUnknownRoute = response.status === 404 && response.headers.get('content-type')?.includes('html');
    return currentKind === 'in-between' && isUnknownRoute ? unknownRoute() : response;
  };

  return {
    services,
    connect: (options: ClientOptions = {}) => createTestClient({ fetch: send, ...options }),
    /** Replaces the service behind the address. */
    switchTo: (nextKind: ServiceKind) => {
      kind = nextKind;
    },
    interceptWith: (interceptor: Interceptor) => {
      intercept = interceptor;
    },
    /** Returns the requests since the last call, such as `GET /personas/1`. */
    takeRequests: () => requests.splice(0),
  };
}
