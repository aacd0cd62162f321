import fc from 'fast-check';
import * as msw3 from 'msw';
import * as msw3Node from 'msw/node';
import * as msw2 from 'msw-2';
import * as msw2Node from 'msw-2/node';
import { PersonaClient } from 'persona-client';
import {
  createPersonaService,
  delay,
  type PersonaService,
  stall,
  toMswHandlers,
} from 'persona-client/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

/** Starts msw without handlers. `use` makes it pass the requests of a base URL to the service, and answer all others. */
const MSW_VERSIONS = [
  [
    'msw 2',
    () => {
      const server = msw2Node.setupServer();
      const other = msw2.http.all('*', () => new Response('other'));
      const use = (options: { baseUrl?: string } = {}) =>
        server.resetHandlers(...toMswHandlers(service, { http: msw2.http, ...options }), other);
      return { server, use };
    },
  ],
  [
    'msw 3',
    () => {
      const server = msw3Node.setupServer();
      const other = msw3.http.all('*', () => new Response('other'));
      const use = (options: { baseUrl?: string } = {}) =>
        server.resetHandlers(...toMswHandlers(service, { http: msw3.http, ...options }), other);
      return { server, use };
    },
  ],
] as const;

function startMsw(setup: (typeof MSW_VERSIONS)[number][1]) {
  const { server, use } = setup();
  server.listen();
  onTestFinished(() => server.close());
  return use;
}

let service: PersonaService;
beforeEach(() => {
  service = createPersonaService();
  return () => service.close();
});

/** Sends a read, a write and a health check, and returns where they arrived. */
async function callService(options: ConstructorParameters<typeof PersonaClient>[0]): Promise<string[]> {
  service.clearRequests();
  using client = new PersonaClient({ dialect: 'subresource', retry: false, cache: false, ...options });
  await client.personas.get(1);
  await client.personas.update(1, { name: 'Renamed' });
  await client.health.check();
  return service.requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

const EXPECTED_REQUESTS = ['GET /api/v1/personas/1 200', 'PUT /api/v1/personas/1 200', 'GET /health 200'];

const charactersArbitrary = fc.string({
  unit: fc.constantFrom(...'aZ09-._~!$&\'()*+,;=:@|^[]{}"<>` ü人🎈', '%20', '%2F', '%3f', '%28', '%', '\\'),
  minLength: 1,
  maxLength: 6,
});
const segmentArbitrary = fc.oneof(
  charactersArbitrary,
  fc.constantFrom('gateway', 'api', 'v1', 'health', 'personas', '..', '', ':id', '*', '(.*)', 'a?', '+'),
);
const pathArbitrary = fc
  .tuple(
    fc.array(segmentArbitrary, { maxLength: 4 }),
    fc.constantFrom('', '/', '//', '/api/v1', '/api/v1/', '/api/v1/api/v1'),
  )
  .map(([segments, end]) => segments.map((segment) => `/${segment}`).join('') + end);
const originArbitrary = fc
  .tuple(
    fc.constantFrom('http://', 'https://', ' HTTP://', 'hTTps://'),
    fc.constantFrom(
      'localhost',
      'LOCALHOST',
      'Personas.Example',
      'bücher.example',
      '127.0.0.1',
      '127.1',
      '[::1]',
      '[2001:DB8::1]',
    ),
    fc.constantFrom('', ':80', ':443', ':5050', ':0443'),
  )
  .map((parts) => parts.join(''));

/** Whether the client accepts the URL. */
function isAccepted(baseUrl: string): boolean {
  try {
    new PersonaClient({ baseUrl }).close();
    return true;
  } catch {
    return false;
  }
}

const API_PATHS = ['/api/v1', '/x/api/v1', '/api/v1/api/v1', '/x/api/v1/api/v1', '/api', '/health'];

const checkUrls = (check: (baseUrl: string) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(
      fc
        .tuple(originArbitrary, pathArbitrary)
        .map((parts) => parts.join(''))
        .filter(isAccepted),
      check,
    ),
    { numRuns: 80, examples: API_PATHS.map((path) => [`http://localhost${path}`]) },
  );

describe('the service responds at every base URL that the client accepts', () => {
  it('in process', () =>
    checkUrls(async (baseUrl) => {
      expect(await callService({ baseUrl, fetch: service.fetch })).toEqual(EXPECTED_REQUESTS);
    }));

  it.each(['127.0.0.1', '::1'])('on a socket of %s with its base path', async (host) => {
    await checkUrls(async (baseUrl) => {
      const { pathname: basePath } = new URL(baseUrl);
      await using listener = await service.listen({ port: 0, host, basePath });
      expect(await callService({ baseUrl: listener.url })).toEqual(EXPECTED_REQUESTS);
      const { origin } = new URL(listener.url);
      expect(await callService({ baseUrl: origin })).toEqual(EXPECTED_REQUESTS);
      const elsewhere = callService({ baseUrl: `${listener.url}/elsewhere` });
      await expect(elsewhere).rejects.toMatchObject({ code: 'route_not_found' });
    });
  });

  it('on a socket whose base path is not encoded', async () => {
    const { url } = await service.listen({ port: 0, basePath: '/bücher (1)/' });
    expect(url).toMatch(/:\d+\/b%C3%BCcher%20\(1\)$/);
    expect(await callService({ baseUrl: url })).toEqual(EXPECTED_REQUESTS);
  });

  it.each(['', ' ', 'a b', '[::1]', 'a/b', 'a@b', 'http://a'])('rejects the host %j', async (host) => {
    await expect(service.listen({ port: 0, host })).rejects.toThrow(
      new TypeError('listen: host must be a host name or address'),
    );
  });

  it.each(['gateway', '', '/a?b', '/a#b'])('rejects the base path %j', async (basePath) => {
    await expect(service.listen({ port: 0, basePath })).rejects.toThrow(
      new TypeError('listen: basePath must be a path such as /gateway'),
    );
  });

  it.each(MSW_VERSIONS)('through %s', async (_, setup) => {
    const use = startMsw(setup);
    await checkUrls(async (baseUrl) => {
      use({ baseUrl });
      expect(await callService({ baseUrl })).toEqual(EXPECTED_REQUESTS);
    });
  });
});

describe.each(MSW_VERSIONS)('the handlers of %s', (_, setup) => {
  it('leave other addresses alone', async () => {
    startMsw(setup)({ baseUrl: 'http://a.test/gateway(1)' });
    const addresses = [
      'a.test/gateway1/health',
      'a.test/health',
      'a.test/gateway(1)x/health',
      'axtest/gateway(1)/',
    ];
    for (const address of addresses)
      expect(await (await fetch(`http://${address}`)).text(), address).toBe('other');
    expect((await fetch('http://a.test/gateway(1)/health')).status).toBe(200);
  });

  it.each([
    ['before the response', delay(60_000)],
    ['during the body', stall()],
  ])('print nothing when the client aborts %s', async (__, fault) => {
    startMsw(setup)();
    const prints = (['error', 'warn', 'log'] as const).map((level) => vi.spyOn(console, level));
    using client = new PersonaClient({ dialect: 'subresource', retry: false, cache: false });
    service.faults.add(fault);
    const controller = new AbortController();
    const call = client.personas.get(1, { signal: controller.signal });
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    controller.abort(new Error('unmounted'));
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.personas.get(2, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
    service.faults.clear();
    await client.personas.get(3); // msw has handled the aborted requests before this one
    for (const print of prints) expect(print).not.toHaveBeenCalled();
  });
});
