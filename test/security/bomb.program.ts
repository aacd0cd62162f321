import { readFileSync, writeFileSync } from 'node:fs';
import { PersonaClient, PersonaResponseError } from '../../src/index.js';
import { createPooledTransport } from '../../src/node/index.js';

/** Run in a process of its own, with the service's URL: how far reading an answer raises its memory at most. */
const [url = '', how] = process.argv.slice(2);
const pooled = how === 'pooled' ? await createPooledTransport() : undefined;
const client = new PersonaClient({
  baseUrl: url,
  dialect: 'subresource',
  cache: false,
  retry: false,
  ...(pooled && { fetch: pooled.fetch }),
});

const peakBytes = () =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

const persona = await client.personas.get(1); // what is needed for any answer is loaded
writeFileSync('/proc/self/clear_refs', '5'); // Linux forgets the peak of the start
const before = process.memoryUsage.rss();
const error = await client.personas.get(2).catch((reason: unknown) => reason);
const grownBytes = peakBytes() - before;
const refused = error instanceof PersonaResponseError && error.message.includes('maxResponseBytes');
console.log(JSON.stringify({ read: persona.id, refused, grownBytes, message: String(error) }));
client.close();
await pooled?.close();
