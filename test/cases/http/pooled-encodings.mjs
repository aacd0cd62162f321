// A service uses encodings that fetch decodes: raw deflate, gzip without its trailer, gzip twice, two Content-Encoding lines.
// The docs say that the pooled transport works like fetch. It fails on all five, and an applied create says maybeApplied: true.
// It should decode everything that fetch decodes.
import zlib from 'node:zlib';
import {
  check,
  createPersona,
  describeOutcome,
  finish,
  load,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createPooledTransport } = await load('node.js');
const plainBody = Buffer.from(JSON.stringify(createPersona(1)));
const flushed = await new Promise((resolve) => {
  const gzip = zlib.createGzip();
  const chunks = [];
  gzip.on('data', (d) => chunks.push(d));
  gzip.write(plainBody);
  gzip.flush(zlib.constants.Z_SYNC_FLUSH, () => setImmediate(() => resolve(Buffer.concat(chunks))));
});
const encodings = {
  'gzip (control)': ['gzip', zlib.gzipSync(plainBody)],
  'raw deflate': ['deflate', zlib.deflateRawSync(plainBody)],
  'gzip without its trailer': ['gzip', zlib.gzipSync(plainBody).subarray(0, -8)],
  'gzip, flushed but not ended': ['gzip', flushed],
  'gzip, gzip': ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(plainBody))],
  'gzip and br in two lines': [['gzip', 'br'], zlib.brotliCompressSync(zlib.gzipSync(plainBody))],
};
const transport = await createPooledTransport();
for (const [name, [encoding, body]] of Object.entries(encodings)) {
  const service = await startStubService(() => ({ headers: { 'content-encoding': encoding }, body }));
  for (const [transportName, fetch] of [
    ['fetch', undefined],
    ['pooled transport', transport.fetch],
  ])
    for (const method of ['get', 'create']) {
      const client = new PersonaClient({
        baseUrl: service.url,
        dialect: 'subresource',
        cache: false,
        retry: { limit: 1, backoffMs: 1 },
        ...(fetch && { fetch }),
      });
      const outcome = await describeOutcome(
        method === 'get' ? client.personas.get(1) : client.personas.create({ name: 'x' }),
      );
      check(`${name}, ${transportName}, ${method}`, outcome === '"P1"', outcome, '"P1"');
    }
  service.close();
}
finish();
