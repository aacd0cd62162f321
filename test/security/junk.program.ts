/**
 * Compares the CPU time to read and parse a junk list of 10 MB with that of a call that receives it. Prints JSON.
 *
 * A process of its own, because the garbage of other tests would take more time than both.
 */
import { PersonaClient, type PersonaResponseError } from '../../src/index.js';

const JUNK_BYTES = 10_000_000;
const MAX_ROUNDS = 12;
const MAX_RATIO = 1.5;
const [entry = '0'] = process.argv.slice(2);
const rows = Array(Math.floor(JUNK_BYTES / (entry.length + 1))).fill(entry);
const bytes = new TextEncoder().encode(`{"total":1,"page":1,"per_page":20,"personas":[${rows}]}`);
const client = new PersonaClient({
  fetch: async () => new Response(bytes),
  dialect: 'subresource',
  retry: false,
  breaker: false,
  cache: false,
  maxResponseBytes: 2 * JUNK_BYTES,
});

async function measure<Value>(work: () => Promise<Value>): Promise<{ value: Value; ms: number }> {
  const start = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(start);
  return { value, ms: (user + system) / 1_000 };
}

let [parseMs, callMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
let error: unknown;
for (let round = 0; round < 3 || (round < MAX_ROUNDS && callMs > MAX_RATIO * parseMs); round++) {
  const parsing = await measure(async () => void JSON.parse(await new Response(bytes).text()));
  const calling = await measure(() => client.personas.list().catch((reason: unknown) => reason));
  error = calling.value;
  parseMs = Math.min(parseMs, parsing.ms);
  callMs = Math.min(callMs, calling.ms);
}
const { code, issues, message } = error as PersonaResponseError;
console.log(JSON.stringify({ parseMs, callMs, code, issues: issues.length, length: message.length }));
