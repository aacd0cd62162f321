import { once } from 'node:events';
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PersonaClient } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import {
  createPersonaService,
  createVirtualClock,
  type RecordFetchOptions,
  RecordingError,
  recordFetch,
  replayFetch,
} from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const URL_A = 'https://personas.example.com/a';

async function createFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-recording-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'recording.json');
}

/** Records requests to a function. */
async function setup(
  respond: (request: Request) => Response | Promise<Response>,
  options: Partial<RecordFetchOptions> = {},
) {
  const file = await createFile();
  const fetch = recordFetch({
    file,
    fetch: async (input, init) => respond(new Request(input, init)),
    ...options,
  });
  const readExchanges = async () => JSON.parse(await readFile(file, 'utf8')).exchanges;
  return { file, fetch, readExchanges };
}

function createGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const put = (body: unknown): RequestInit => ({ method: 'PUT', body: JSON.stringify(body) });

describe.each(['subresource', 'attributes'] as const)('a session with a %s service', (dialect) => {
  async function run(fetch: typeof globalThis.fetch) {
    using client = new PersonaClient({ fetch, auth: { username: 'ada', password: 'secret' } });
    const created = await client.personas.create({ name: 'Ada', demographic: { city: 'Oslo' } });
    await client.psychographic.update(created.id, { interests: ['tea'] });
    const page = await client.personas.list({ perPage: 2 });
    const [first, second] = await Promise.all([client.personas.get(1), client.demographic.get(2)]);
    await client.personas.delete(created.id);
    const missing = await client.personas.get(created.id).catch((error: unknown) => Object(error).code);
    return { created, items: page.items, first, second, missing, config: await client.fieldConfig.get() };
  }
  const record = async (file: string) => {
    await using service = createPersonaService({
      dialect,
      now: createVirtualClock().now,
      auth: { users: { ada: 'secret' } },
    });
    return await run(recordFetch({ file, fetch: service.fetch }));
  };

  it('is replayed without the service, with the same results', async () => {
    const file = await createFile();
    const recorded = await record(file);
    const fetch = replayFetch(file);
    expect(await run(fetch)).toEqual(recorded);
    expect(recorded.missing).toBe('not_found');
    expect(fetch.unusedRequests()).toEqual([]);
  });

  it('is recorded in the same bytes each time', async () => {
    const files = [await createFile(), await createFile()];
    for (const file of files) await record(file);
    const [first, second] = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    expect(second).toBe(first);
  });
});

describe('a request that was not recorded', () => {
  async function replay(...requests: [string, RequestInit?][]) {
    const { file, fetch } = await setup(() => Response.json({}));
    for (const [path, init] of requests) await fetch(new URL(path, URL_A), init);
    return replayFetch(file);
  }

  it.each<[string, string, RequestInit | undefined, string]>([
    [
      'path',
      '/personas/3',
      undefined,
      'GET /personas/2?page=1: the path is "/personas/3", but "/personas/2" in the recording',
    ],
    [
      'method',
      '/personas/2?page=1',
      { method: 'DELETE' },
      'the method is "DELETE", but "GET" in the recording',
    ],
    ['parameter', '/personas/2?page=2', undefined, 'the parameter page is "2", but "1" in the recording'],
    [
      'missing parameter',
      '/personas/2',
      undefined,
      'the parameter page is missing, but "1" in the recording',
    ],
    [
      'condition',
      '/personas/2?page=1',
      { headers: { 'if-none-match': '"x"' } },
      String.raw`the header if-none-match is "\"x\"", but missing in the recording`,
    ],
    [
      'field',
      '/personas/2',
      put({ demographic: { city: 'Rome', age: 5 } }),
      'PUT /personas/2: body.demographic.age is 5, but missing in the recording; body.demographic.city is "Rome", but "Oslo" in the recording',
    ],
  ])('fails and names the nearest one, and a different %s', async (_, path, init, message) => {
    const fetch = await replay(
      ['/personas/2?page=1'],
      ['/personas/2', put({ demographic: { city: 'Oslo' } })],
      ['/health'],
    );
    const error: unknown = await fetch(new URL(path, URL_A), init).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordingError);
    expect(Object(error).message).toContain(message);
  });

  it('fails at once in a client, which does not retry and passes the error on', async () => {
    const fetch = vi.fn(await replay(['/health']));
    using client = new PersonaClient({ fetch, dialect: 'subresource' });
    await expect(client.personas.get(5)).rejects.toThrow(RecordingError);
    await expect(client.personas.create({ name: 'Ada' })).rejects.toThrow(
      'no response to POST /api/v1/personas',
    );
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('does not show a secret in the error', async () => {
    const fetch = await replay(['/a', put({ password: 'old-secret' })]);
    const request = fetch(new URL('/a?api_key=key-secret', URL_A), {
      ...put({ password: 'new-secret', note: 'new-secret' }),
      headers: { authorization: 'Bearer token-secret' },
    });
    await expect(request).rejects.toThrow(/api_key is "redacted"/);
    await expect(request).rejects.not.toThrow(/\w-secret/);
  });

  it('fails in an empty recording', async () => {
    await expect((await replay())(URL_A)).rejects.toThrow('The recording is empty');
  });
});

describe('requests match', () => {
  it('in any order of parameters and fields, on any origin, with any other header', async () => {
    const { file, fetch } = await setup(() => Response.json('yes'));
    await fetch(`${URL_A}?b=2&a=1&b=1`, put({ x: 1, y: [{ p: 1, q: null }] }));
    const replay = replayFetch(file);
    const request = { ...put({ y: [{ q: null, p: 1 }], x: 1 }), headers: { authorization: 'Bearer x' } };
    expect(await (await replay('http://localhost/a?a=1&b=2&b=1', request)).json()).toBe('yes');
  });

  it.each([
    ['another order of equal parameters', '/a?b=1&b=2', '/a?b=2&b=1', undefined, undefined],
    ['another order of a list', '/a', '/a', put([1, 2]), put([2, 1])],
    ['a number as text', '/a', '/a', put({ a: 1 }), put({ a: '1' })],
    ['null as missing', '/a', '/a', put({ a: null }), put({})],
    ['an empty body', '/a', '/a', put({}), { method: 'PUT' }],
  ])('not with %s', async (_, path, otherPath, init, otherInit) => {
    const { file, fetch } = await setup(() => Response.json({}));
    await fetch(new URL(path, URL_A), init);
    await expect(replayFetch(file)(new URL(otherPath, URL_A), otherInit)).rejects.toThrow(RecordingError);
  });

  it('with any password and token, because neither is recorded', async () => {
    const { file, fetch } = await setup(() =>
      Response.json({ access_token: 'a-token', refresh_token: 'r-token' }),
    );
    await fetch('https://x/api/v1/auth/login?key=1', put({ username: 'ada', password: 'one' }));
    const response = await replayFetch(file)(
      '/api/v1/auth/login?key=2',
      put({ username: 'ada', password: 'two' }),
    );
    const { access_token, refresh_token } = (await response.json()) as Record<string, string>;
    expect(access_token).not.toBe(refresh_token); // different secrets stay different
  });
});

it('equal requests get their responses in recorded order, each once', async () => {
  let count = 0;
  const { file, fetch } = await setup(() => Response.json(++count));
  await fetch(URL_A);
  await fetch(URL_A);
  const replay = replayFetch(file);
  expect(replay.unusedRequests()).toEqual(['GET /a', 'GET /a']);
  const responses = await Promise.all([replay(URL_A), replay(URL_A)]);
  expect(await Promise.all(responses.map((response) => response.json()))).toEqual([1, 2]);
  await expect(replay(URL_A)).rejects.toThrow('was recorded 2 times, and is now sent once more');
});

it('concurrent requests are recorded in the order in which they started, and the file is complete all the time', async () => {
  const gates = new Map<string, ReturnType<typeof createGate>>(
    ['/1', '/2', '/3'].map((path) => [path, createGate()]),
  );
  const { fetch, readExchanges } = await setup(async ({ url }) => {
    const { pathname } = new URL(url);
    await gates.get(pathname)?.opened;
    return Response.json(pathname);
  });
  const pending = [...gates.keys()].map((path) => fetch(new URL(path, URL_A)));
  for (const [index, path] of ['/3', '/1', '/2'].entries()) {
    expect(await readExchanges()).toHaveLength(index);
    gates.get(path)?.open();
    await pending[Number(path.slice(1)) - 1];
  }
  expect((await readExchanges()).map(({ request }: { request: { path: string } }) => request.path)).toEqual([
    '/1',
    '/2',
    '/3',
  ]);
});

describe('responses', () => {
  it.each<[string, () => Response, RequestInit | undefined]>([
    [
      'text',
      () => new Response('<h1>Zoë</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
      undefined,
    ],
    ['bytes', () => new Response(new Uint8Array([0, 255, 128, 1])), undefined],
    [
      'an integer that JavaScript cannot represent',
      () => new Response('{"id":9223372036854775807}'),
      undefined,
    ],
    ['words that are not JSON', () => new Response('{"age": NaN}'), undefined],
    ['truncated JSON', () => new Response('{"a": [1,'), undefined],
    ['deep JSON', () => new Response('['.repeat(5_000) + ']'.repeat(5_000)), undefined],
    ['no content', () => new Response(null, { status: 204 }), { method: 'DELETE' }],
    ['an unchanged response', () => new Response(null, { status: 304, headers: { etag: '"x"' } }), undefined],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: '/next?page=2' } }),
      undefined,
    ],
    [
      'headers of HEAD',
      () => new Response(null, { headers: { 'content-type': 'application/json' } }),
      { method: 'HEAD' },
    ],
    ['an empty body', () => new Response('', { status: 503, headers: { 'retry-after': '5' } }), undefined],
  ])('are replayed as they were: %s', async (_, respond, init) => {
    const { file, fetch } = await setup(respond);
    const describeResponse = async (response: Response) => [
      response.status,
      [...response.headers],
      [...new Uint8Array(await response.arrayBuffer())],
    ];
    const recorded = await fetch(URL_A, { ...init, redirect: 'manual' });
    expect(await describeResponse(await replayFetch(file)(URL_A, init))).toEqual(
      await describeResponse(recorded),
    );
  });

  it('without a response are not recorded: the error passes through', async () => {
    const failure = new TypeError('fetch failed');
    let failures = 1;
    const { fetch, readExchanges } = await setup(() => {
      if (failures-- > 0) throw failure;
      return Response.json({});
    });
    await expect(fetch(URL_A)).rejects.toBe(failure);
    await fetch(URL_A);
    expect(await readExchanges()).toHaveLength(1);
  });

  it('whose body breaks off are not recorded', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    const { fetch, readExchanges } = await setup(() => new Response(body));
    await expect(fetch(URL_A)).rejects.toThrow('reset');
    expect(await readExchanges()).toEqual([]);
  });

  it('that were compressed are recorded as text, also through a pool', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{"status":"ok"}'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await using transport = await createPooledTransport();
    onTestFinished(() => void server.close());
    const file = await createFile();
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    using client = new PersonaClient({ baseUrl, fetch: recordFetch({ file, fetch: transport.fetch }) });
    expect((await client.health.check()).status).toBe('ok');
    expect(await readFile(file, 'utf8')).toContain('"body":{"status":"ok"}');
    using replayed = new PersonaClient({ fetch: replayFetch(file) });
    expect((await replayed.health.check()).status).toBe('ok');
  });
});

describe('an existing file', () => {
  it('is not touched by default', async () => {
    const { file, fetch } = await setup(() => Response.json({}));
    await fetch(URL_A);
    const before = await readFile(file, 'utf8');
    expect(() => recordFetch({ file })).toThrow(
      "Pass existing: 'replace' to start again, or existing: 'append'",
    );
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it('is replaced or extended on request', async () => {
    const respond = async () => Response.json({ token: 'a-secret' });
    const { file, fetch, readExchanges } = await setup(respond, { redact: ['City'] });
    await fetch(URL_A);
    const append = recordFetch({ file, existing: 'append', redact: ['Age'], fetch: respond });
    await append('https://x/b');
    const recording = JSON.parse(await readFile(file, 'utf8'));
    expect(recording.redact).toEqual(['age', 'city']);
    expect(recording.exchanges.map(({ request }: { request: { path: string } }) => request.path)).toEqual([
      '/a',
      '/b',
    ]);
    recordFetch({ file, existing: 'replace' });
    expect(await readExchanges()).toEqual([]);
  });

  it.each(['', '{', '[]', '{"version":2}', '{"version":1,"redact":[],"exchanges":[{}]}'])(
    'that is no recording (%s) is neither extended nor replayed',
    async (content) => {
      const file = await createFile();
      await writeFile(file, content);
      expect(() => recordFetch({ file, existing: 'append' })).toThrow(RecordingError);
      expect(() => replayFetch(file)).toThrow(RecordingError);
      expect(await readFile(file, 'utf8')).toBe(content);
    },
  );

  it('of another recorder is not overwritten', async () => {
    const { file, fetch } = await setup(() => Response.json({}));
    await fetch(URL_A);
    const other = recordFetch({ file, existing: 'append', fetch: async () => Response.json({}) });
    await other('https://x/b');
    const before = await readFile(file, 'utf8');
    await expect(fetch(URL_A)).rejects.toThrow(
      /another program changed .* The service has handled the request/,
    );
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

describe('a file that is', () => {
  const record = async (file: string) => {
    const fetch = recordFetch({ file, existing: 'replace', fetch: async () => Response.json({ id: 1 }) });
    await fetch(URL_A);
  };

  it('a link stays a link, and its target keeps its permissions', async () => {
    const [file, target] = [await createFile(), await createFile()];
    await writeFile(target, '{}', { mode: 0o600 });
    await symlink(target, file);
    await record(file);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(target, 'utf8')).exchanges).toHaveLength(1);
  });

  it('a link to nothing, or a socket, is refused and stays', async () => {
    const [link, socket] = [await createFile(), await createFile()];
    await symlink(`${link}.missing`, link);
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expect(record(link)).rejects.toThrow(RecordingError);
    await expect(record(socket)).rejects.toThrow(': it is not a regular file. Nothing was sent.');
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await lstat(socket)).isSocket()).toBe(true);
  });

  it('saved with a byte order mark by an editor is replayed', async () => {
    const file = await createFile();
    await record(file);
    await writeFile(file, `\ufeff${await readFile(file, 'utf8')}`);
    expect(await (await replayFetch(file)(URL_A)).json()).toEqual({ id: 1 });
  });

  it('edited to an impossible status is not a recording', async () => {
    const file = await createFile();
    await record(file);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"status":200', '"status":999'));
    expect(() => replayFetch(file)).toThrow('is not a recording of this version');
  });
});

it('leaves no temporary file, and accepts a file URL', async () => {
  const file = await createFile();
  const fetch = recordFetch({ file: pathToFileURL(file), fetch: async () => Response.json({}) });
  await fetch(URL_A);
  expect(await readdir(join(file, '..'))).toEqual(['recording.json']);
  expect((await replayFetch(pathToFileURL(file))(URL_A)).status).toBe(200);
});

it('fails before the first request if the file cannot be written or read', async () => {
  const file = await createFile();
  const missing = join(file, '..', 'missing', 'x.json');
  expect(() => recordFetch({ file: missing })).toThrow(/cannot write .*missing/);
  expect(() => replayFetch(missing)).toThrow(/does not exist. Record it with recordFetch/);
});

it('rejects invalid arguments by name', async () => {
  const file = await createFile();
  const invalid = (options: object) => () => recordFetch(options as RecordFetchOptions);
  expect(invalid({})).toThrow('recordFetch: file must be the path of a file');
  expect(invalid({ file, existing: 'merge' })).toThrow("existing must be 'fail', 'replace' or 'append'");
  expect(invalid({ file, redact: 'city' })).toThrow('redact must be an array of names');
  expect(invalid({ file, fetch: {} })).toThrow('fetch must be a function');
  expect(() => replayFetch(5 as never)).toThrow(TypeError);
});

it('rejects a body that is a stream before it sends the request', async () => {
  const send = vi.fn();
  const { fetch } = await setup(send);
  const init = { method: 'POST', body: new ReadableStream(), duplex: 'half' } as RequestInit;
  await expect(fetch(URL_A, init)).rejects.toThrow('a body that is a stream cannot be recorded');
  expect(send).not.toHaveBeenCalled();
});

it('an aborted request is not replayed', async () => {
  const { file, fetch } = await setup(() => Response.json({}));
  await fetch(URL_A);
  const replay = replayFetch(file);
  await expect(replay(URL_A, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  expect(replay.unusedRequests()).toEqual(['GET /a']);
});
