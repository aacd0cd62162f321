import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { PersonaConnectionError, PersonaResponseError } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catchError, expectRejection } from '../../support/failures.js';
import { serveHttp } from '../../support/servers.js';
import { createTestClient } from '../../support/service.js';

const BODY = Buffer.from(
  JSON.stringify({
    id: 1,
    name: 'Zoë',
    created_at: '2026-11-22T06:29:29.793176',
    updated_at: '2026-11-22T06:29:29.793176',
  }),
);

/** Compresses a body, and does not end the gzip data. */
const flushGzip = (body: Buffer) =>
  new Promise<Buffer>((resolve, reject) => {
    const gzip = createGzip();
    const chunks: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
    gzip.write(body);
    gzip.flush(constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(chunks)));
  });

type Encoding = string | readonly string[];

/** Serves a body, and connects a client by the global `fetch` and by the pooled transport. */
async function setup(encoding: Encoding, body: Buffer, options: object = {}) {
  const server = await serveHttp((_, response) => {
    response.setHeader('content-encoding', encoding);
    response.end(body);
  });
  const { fetch, close } = await createPooledTransport();
  onTestFinished(close);
  const connect = (more: object) =>
    createTestClient({
      baseUrl: server.url,
      dialect: 'subresource',
      cache: false,
      retry: false,
      ...options,
      ...more,
    });
  return { 'global fetch': connect({}), 'pooled transport': connect({ fetch }) };
}

const READABLE: readonly (readonly [string, Encoding, Buffer | Promise<Buffer>])[] = [
  ['gzip', 'gzip', gzipSync(BODY)],
  ['x-gzip in upper case', 'X-GZIP', gzipSync(BODY)],
  ['deflate', 'deflate', deflateSync(BODY)],
  ['deflate without a zlib header', 'deflate', deflateRawSync(BODY)],
  ['brotli', 'br', brotliCompressSync(BODY)],
  ['zstd', 'zstd', zstdCompressSync(BODY)],
  ['gzip without its trailer', 'gzip', gzipSync(BODY).subarray(0, -8)],
  ['gzip that is flushed, but not ended', 'gzip', flushGzip(BODY)],
  ['deflate without its checksum', 'deflate', deflateSync(BODY).subarray(0, -4)],
  ['two gzip members', 'gzip', Buffer.concat([gzipSync(BODY.subarray(0, 9)), gzipSync(BODY.subarray(9))])],
  ['gzip followed by zeros', 'gzip', Buffer.concat([gzipSync(BODY), Buffer.alloc(20)])],
  ['gzip twice', 'gzip, gzip', gzipSync(gzipSync(BODY))],
  ['gzip, then brotli', 'gzip,br', brotliCompressSync(gzipSync(BODY))],
  ['gzip and brotli in two lines', ['gzip', 'br'], brotliCompressSync(gzipSync(BODY))],
  [
    'five codings',
    'gzip, x-gzip, deflate, br, gzip',
    gzipSync(brotliCompressSync(deflateSync(gzipSync(gzipSync(BODY))))),
  ],
  ['an unknown coding', 'identity', BODY],
  ['an unknown coding, then gzip', 'aes128gcm, gzip', BODY],
  ['an empty coding', 'gzip, ', BODY],
];

describe('a body in', () => {
  it.each(READABLE)('%s is read as fetch reads it', async (_, encoding, body) => {
    for (const client of Object.values(await setup(encoding, await body))) {
      expect(await client.personas.get(1)).toMatchObject({ name: 'Zoë' });
      expect(await client.personas.create({ name: 'Zoë' })).toMatchObject({ name: 'Zoë' });
    }
  });

  it.each<[string, Encoding, Buffer]>([
    ['no gzip', 'gzip', BODY],
    ['zlib data as gzip', 'gzip', deflateSync(BODY)],
    ['gzip data as deflate', 'deflate', gzipSync(BODY)],
    ['no brotli', 'br', BODY],
    ['gzip once, not twice', 'gzip, gzip', gzipSync(BODY)],
    ['six codings', Array(6).fill('gzip').join(), BODY],
  ])('%s fails as with fetch', async (_, encoding, body) => {
    for (const client of Object.values(await setup(encoding, body))) {
      const error = await expectRejection(PersonaConnectionError, client.personas.create({ name: 'Zoë' }));
      expect(error.maybeApplied).toBe(true);
    }
  });

  it.each<[string, Encoding, Buffer]>([
    ['gzip, empty', 'gzip', Buffer.alloc(0)],
    ['gzip, cut in its header', 'gzip', gzipSync(BODY).subarray(0, 5)],
    ['gzip, cut in its data', 'gzip', gzipSync(BODY).subarray(0, 40)],
    ['deflate, cut in its data', 'deflate', deflateSync(BODY).subarray(0, 40)],
    ['brotli, cut in its data', 'br', brotliCompressSync(BODY).subarray(0, 40)],
    ['zstd, cut in its data', 'zstd', zstdCompressSync(BODY).subarray(0, 40)],
  ])('%s has the same result as with fetch', async (_, encoding, body) => {
    const clients = await setup(encoding, body);
    const [expected, actual] = await Promise.all(
      Object.values(clients).map(async (client) => {
        const { name, maybeApplied } = (await catchError(
          client.personas.create({ name: 'Zoë' }),
        )) as PersonaResponseError;
        return { name, maybeApplied };
      }),
    );
    expect(actual).toEqual(expected);
  });

  it.each<[string, Encoding, Buffer]>([
    ['one coding', 'gzip', gzipSync(Buffer.alloc(3_000_000))],
    ['the last of two codings', 'gzip, gzip', gzipSync(gzipSync(Buffer.alloc(3_000_000)))],
    ['brotli in raw deflate', 'br, deflate', deflateRawSync(brotliCompressSync(Buffer.alloc(3_000_000)))],
  ])('%s is bounded by maxResponseBytes', async (_, encoding, body) => {
    const clients = await setup(encoding, body, { maxResponseBytes: 10_000 });
    for (const client of Object.values(clients)) {
      const error = await expectRejection(PersonaResponseError, client.personas.get(1));
      expect(error.message).toContain('larger than 10000 bytes');
    }
  });

  it('two codings is bounded after the first one', async () => {
    const body = brotliCompressSync(Buffer.alloc(3_000_000)); // its content is no gzip
    const clients = await setup('gzip, br', body, { maxResponseBytes: 10_000 });
    const error = await expectRejection(PersonaResponseError, clients['pooled transport'].personas.get(1));
    expect(error.message).toContain('larger than 10000 bytes');
  });
});
