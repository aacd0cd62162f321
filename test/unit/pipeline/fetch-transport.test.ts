import { PersonaClient } from 'persona-client';
import { Agent, interceptors, fetch as undiciFetch } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFetchTransport } from '../../../src/pipeline/fetch-transport.js';
import { startCachingService } from '../../support/caching-service.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const REQUEST = { method: 'GET', url: 'http://service.test/', headers: {} } as const;

/** Returns the options that a `fetch` receives. */
async function captureInit(): Promise<RequestInit> {
  let init: RequestInit = {};
  const transport = createFetchTransport(async (_url, requestInit = {}) => {
    init = requestInit;
    return new Response('{}');
  });
  await transport(REQUEST, new AbortController().signal, 1_000);
  return init;
}

describe('the HTTP cache of the platform', () => {
  it('is bypassed, also below a fetch of the application', async () => {
    expect(await captureInit()).toMatchObject({ cache: 'no-store' });
  });

  it.each([
    ['whose Request does not know the option, such as older Cloudflare Workers', class Request {}],
    ['without Request, such as jsdom', undefined],
  ])('is not mentioned on a platform %s', async (_, request) => {
    vi.stubGlobal('Request', request);
    expect(await captureInit()).not.toHaveProperty('cache');
  });

  it('does not respond if an application installs the cache of undici', async () => {
    await using service = await startCachingService();
    const dispatcher = new Agent().compose(interceptors.cache({ type: 'private' } as never));
    const fetch = ((input: string, init: object) => undiciFetch(input, { ...init, dispatcher })) as never;
    const baseUrl = `${service.url}/max-age/undici`;
    using client = new PersonaClient({ baseUrl, dialect: 'subresource', cache: false, fetch });
    const first = await client.personas.get(1);
    const second = await client.personas.get(1);
    expect(second.name).not.toBe(first.name);
    await dispatcher.close();
  });
});

describe('a body that always has an empty chunk ready', () => {
  let reads = 0;
  const read = async () => ({ done: reads++ > 1e6, value: new Uint8Array() }); // a client that reads on must not stop the tests
  const response = {
    status: 200,
    headers: new Headers(),
    body: { getReader: () => ({ read, cancel: read }) },
  };

  it.each([
    ['with messages', MessageChannel],
    ['without messages', undefined],
  ])('lets timers run, and ends on an abort, on a platform %s', async (_, messageChannel) => {
    vi.stubGlobal('MessageChannel', messageChannel);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('late')), 20);
    const transport = createFetchTransport(async () => response as never);
    await expect(transport(REQUEST, controller.signal, 1_000)).rejects.toThrow('late');
  });
});
