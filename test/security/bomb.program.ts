import { readFileSync, writeFileSync } from 'node:fs';
import { PersonaClient, PersonaResponseError } from '../../src/index.js';
import { createPooledTransport } from '../../src/node/index.js';

/**
 * Measures by how much reading a response increases the peak memory.
 *
 * Run it in a separate process, with the URL of the service and `platform` or `pooled`.
 */
const [url = '', transport] = process.argv.slice(2);
const pooled = transport === 'pooled' ? await createPooledTransport() : undefined;
const client = new PersonaClient({
  baseUrl: url,
  dialect: 'subresource',
  cache: false,
  retry: false,
  ...(pooled && { fetch: pooled.fetch }),
});

const peakBytes = () =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

const persona = await client.personas.get(1); // loads all code that reads a response
writeFileSync('/proc/self/clear_refs', '5'); // resets the peak in Linux
const startBytes = process.memoryUsage.rss();
const error = await client.personas.get(2).catch((reason: unknown) => reason);
const grownBytes = peakBytes() - startBytes;
const rejected = error instanceof PersonaResponseError && error.message.includes('maxResponseBytes');
console.log(JSON.stringify({ personaId: persona.id, rejected, grownBytes, message: String(error) }));
client.close();
await pooled?.close();
