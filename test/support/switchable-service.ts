import type { ClientOptions, Dialect } from 'persona-client';
import { createTestClient, SERVICE_KINDS, startService } from './service.js';

/** The kind of a service: see `SERVICE_KINDS`. */
export type ServiceKind = (typeof SERVICE_KINDS)[number]['kind'];
export const KINDS = SERVICE_KINDS.map(({ kind }) => kind);

export const toDialect = (kind: ServiceKind): Dialect =>
  kind.endsWith('subresource') ? 'subresource' : 'attributes';

/** Responds to a request itself, or returns `undefined` to pass the request on. */
type Interceptor = (request: { readonly method: string; readonly path: string }) => Response | undefined;

/** Starts one service per kind. The client reaches the current one, as if it ran at a fixed address. */
export async function startSwitchableService(initialKind: ServiceKind) {
  const started = await Promise.all(
    SERVICE_KINDS.map(
      async ({ kind, options }) => [kind, await startService({ seed: 20, ...options })] as const,
    ),
  );
  const services = Object.fromEntries(started) as Record<ServiceKind, (typeof started)[number][1]>;
  let current = initialKind;
  let intercept: Interceptor = () => undefined;
  const requests: string[] = [];

  const send: typeof globalThis.fetch = async (url, init) => {
    const { pathname, search } = new URL(String(url));
    const method = init?.method ?? 'GET';
    requests.push(`${method} ${pathname}${search}`.replace('/api/v1', ''));
    const service = services[current];
    return intercept({ method, path: pathname }) ?? fetch(service.url + pathname + search, init);
  };

  return {
    services,
    connect: (options: ClientOptions = {}) => createTestClient({ fetch: send, ...options }),
    /** Replaces the service behind the address. */
    switchTo: (kind: ServiceKind) => {
      current = kind;
    },
    interceptWith: (interceptor: Interceptor) => {
      intercept = interceptor;
    },
    /** Returns the requests since the last call, such as `GET /personas/1`. */
    takeRequests: () => requests.splice(0),
  };
}
