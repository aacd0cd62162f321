import type { ServerHttp2Stream } from 'node:http2';
import { type ClientOptions, PersonaError } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BROKEN_RESPONSES,
  FOLLOWED_RESPONSES,
  serveBroken,
  WRONG_TRANSPORTS,
} from '../../support/broken-servers.js';
import { createSelfSignedCertificate } from '../../support/certificate.js';
import { serveH2Streams } from '../../support/servers.js';
import { createTestClient } from '../../support/service.js';

/** Describes the result of a call: `ok`, or what an application can see of the error. */
const describeOutcome = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => {
      if (!(error instanceof PersonaError)) return `a raw ${String(error)}`;
      const { code, attempts, maybeApplied } = error;
      return `${code}, attempts ${attempts}, maybeApplied ${maybeApplied}`;
    },
  );

/** Runs the calls whose results depend on the classification of a failure. */
async function describeOutcomes(baseUrl: string, options: ClientOptions) {
  const connect = (more: ClientOptions = {}) =>
    createTestClient({
      baseUrl,
      dialect: 'subresource',
      cache: false,
      breaker: false,
      timeoutMs: 5_000,
      retry: { limit: 1, backoffMs: 0 },
      ...options,
      ...more,
    });
  const tripped = connect({ breaker: { failMax: 1 }, retry: false });
  return {
    read: await describeOutcome(connect().personas.get(1)),
    create: await describeOutcome(connect().personas.create({ name: 'x' })),
    update: await describeOutcome(connect().personas.update(1, { name: 'x' })),
    login: await describeOutcome(connect().auth.login({ username: 'ada', password: 'secret' })),
    fallback: await describeOutcome(connect().personas.get(1, { fallback: () => 'fallback' as never })),
    circuit: await describeOutcome(tripped.personas.get(1)).then(() => tripped.circuit),
  };
}

const servers: readonly (readonly [string, () => Promise<string>])[] = [
  ...Object.entries({ ...BROKEN_RESPONSES, ...FOLLOWED_RESPONSES }).map(
    ([name, respond]) => [name, async () => (await serveBroken(respond)).url] as const,
  ),
  ...Object.entries(WRONG_TRANSPORTS),
];

describe.each(servers)('a server with %s', (name, start) => {
  it('fails in the same way with the global fetch and with the pooled transport', async () => {
    const url = await start();
    const pooled = await createPooledTransport();
    onTestFinished(() => pooled.close());
    const expected = await describeOutcomes(url, {});
    const hasNoTls = name === 'plain text on a TLS port';
    const unsent = 'connection_failed, attempts 2, maybeApplied false';
    // The pool knows that it has sent nothing. fetch does not say that.
    const expectedOfPool = hasNoTls ? { ...expected, create: unsent, update: unsent } : expected;
    expect(await describeOutcomes(url, { fetch: pooled.fetch })).toEqual(expectedOfPool);
    expect(await describeOutcomes(url, { fetch: (...request) => pooled.fetch(...request) })).toEqual(
      expected,
    );
    if (name in FOLLOWED_RESPONSES) return;
    expect(expected.read).toBe('connection_failed, attempts 2, maybeApplied false');
    expect(expected.update).toMatch(/^connection_failed, attempts 2, maybeApplied (?:true|false)$/);
    expect(expected.login).toMatch(/^connection_failed/);
    expect(expected).toMatchObject({ fallback: 'ok', circuit: 'open' });
  });
});

/** Resets a stream in its response. `stream.close` would end the response first, so that it would be complete. */
const reset = (stream: ServerHttp2Stream) => stream.destroy(new Error('reset'));
const H2_RESETS: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  'before the headers': reset,
  'after the headers': (stream) => {
    stream.respond({ ':status': 200 });
    reset(stream);
  },
  'in a body without a length': (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('{"id":1', () => reset(stream));
  },
  'in a body with a length': (stream) => {
    stream.respond({ ':status': 200, 'content-length': 99 });
    stream.write('{"id":1', () => reset(stream));
  },
};

it.each(Object.entries(H2_RESETS))(
  'an HTTP/2 stream that is reset %s is a failed exchange',
  async (_, onStream) => {
    const certificate = createSelfSignedCertificate();
    let requests = 0;
    const { url } = await serveH2Streams(certificate, (stream) => {
      requests++;
      onStream(stream);
    });
    const pooled = await createPooledTransport({ allowH2: true, ca: certificate.cert });
    onTestFinished(() => pooled.close());
    for (const fetch of [
      pooled.fetch,
      (...request: Parameters<typeof pooled.fetch>) => pooled.fetch(...request),
    ]) {
      requests = 0;
      expect(await describeOutcomes(url, { fetch })).toEqual({
        read: 'connection_failed, attempts 2, maybeApplied false',
        create: 'connection_failed, attempts 1, maybeApplied true',
        update: 'connection_failed, attempts 2, maybeApplied true',
        login: 'connection_failed, attempts 1, maybeApplied false',
        fallback: 'ok',
        circuit: 'open',
      });
      expect(requests).toBe(9);
    }
  },
);

it('a status 400 whose body is cut proves that the write had no effect', async () => {
  const { url } = await serveBroken(
    (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\n{'),
  );
  const pooled = await createPooledTransport();
  onTestFinished(() => pooled.close());
  for (const options of [{}, { fetch: pooled.fetch }]) {
    const { create, update } = await describeOutcomes(url, options);
    expect([create, update]).toEqual(Array(2).fill('connection_failed, attempts 2, maybeApplied false'));
  }
});
