import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { PersonaClient } from 'persona-client';
import * as esm from 'persona-client/node';

const baseUrl = process.argv[2];
const cjs = createRequire(import.meta.url)('persona-client/node');
for (const { createPooledTransport } of [esm, cjs]) {
  const transport = await createPooledTransport({ connections: 20 });
  const client = new PersonaClient({ baseUrl, fetch: transport.fetch, concurrency: 50 });
  let remaining = 5_000;
  const worker = async () => {
    while (remaining-- > 0) assert.equal((await client.personas.get(1, { cache: 'no-store' })).id, 1);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  client.close();
  await transport.close();
}
console.log('pooled transport: ok');
