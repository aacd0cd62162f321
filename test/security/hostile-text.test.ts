import { execFile } from 'node:child_process';
import { inspect, promisify } from 'node:util';
import fc from 'fast-check';
import {
  PersonaClient,
  PersonaError,
  PersonaResponseError,
  type PersonaValidationError,
} from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catchError } from '../support/failures.js';
import { PERSONA_BODY, PERSONA_JSON } from '../support/personas.js';
import { DIALECTS } from '../support/service.js';
import { AttackTally, attack, runCount } from './attack.js';
import { EVENT_NAMES } from './canaries.js';

const HOSTILE_CHARACTERS = [
  ...['\u0000', '\u0007', '\n', '\r', '\t', '\u001b[31m', '\u007f', '\u0085', '\u009b31m', '\u009d0;x\u009c'],
  ...[
    '\u061c',
    '\u200b',
    '\u200e',
    '\u200f',
    '\u2028',
    '\u2029',
    '\u202a',
    '\u202e',
    '\u2060',
    '\u2066',
    '\u2069',
  ],
  ...['\ufeff', '\u{e0001}', '\u{e0041}', '\u{e007f}'],
];
const HOSTILE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

/** Finds hostile characters in all keys and texts of a value. */
function findHostile(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === 'string') return HOSTILE.test(value) ? [JSON.stringify(value.slice(0, 200))] : [];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Reflect.ownKeys(value)
    .filter((key) => key !== 'stack') // its lines are separated by line feeds
    .flatMap((key) => [...findHostile(String(key), seen), ...findHostile(Reflect.get(value, key), seen)]);
}

function checkError(tally: AttackTally, error: unknown, label: () => string): void {
  const { message, issues = [] } = error as PersonaValidationError;
  tally.check(error instanceof PersonaError, () => `${label()}: a raw ${String(error)}`);
  tally.check(
    Buffer.byteLength(message) <= 2_000,
    () => `${label()}: a message of ${message.length} characters`,
  );
  tally.check(issues.length <= 20, () => `${label()}: ${issues.length} issues`);
  tally.check(JSON.stringify(error).length < 20_000, () => `${label()}: a large error`);
  const found = [...findHostile(error), ...findHostile(JSON.parse(JSON.stringify(error)))];
  tally.check(found.length === 0, () => `${label()}: ${found}`);
  const firstLines = inspect(error).split('\n    at ')[0] ?? '';
  tally.check(!HOSTILE.test(firstLines.replaceAll('\n', '')), () => `${label()}: ${firstLines}`);
}

const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE_CHARACTERS), fc.constantFrom('name', 'FORGED: yes', '…')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const text = fc.oneof(
  hostileText,
  hostileText.map((part) => part.repeat(1_000)),
  fc.constantFrom('psychographic', 'fields', 'name', 'personas', '__proto__', 'constructor', 'x'),
);
const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
/** Limits the text of many entries to about 1 MB. */
const limitCount = (entry: string, count: number) => Math.min(count, Math.ceil(1_000_000 / entry.length));
/** JSON text, because objects would lose keys such as `__proto__`. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    text.map((value) => JSON.stringify(value)),
    fc.constantFrom('0', 'null', 'true', '{}', '[]', '1e400', '9007199254740993', PERSONA_JSON),
    deep,
    fc
      .tuple(tie('json'), fc.constantFrom(1, 3, 30_000))
      .map(([item, count]) => `[${Array(limitCount(item, count)).fill(item)}]`),
    fc
      .array(fc.tuple(text, tie('json')), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`),
    fc.tuple(text, tie('json'), fc.constantFrom(3, 3_000)).map(([key, value, count]) => {
      const entries = Array.from(
        { length: limitCount(key + value, count) },
        (_, index) => `${JSON.stringify(key + index)}:${value}`,
      );
      return `{${entries}}`;
    }),
  ),
}));
const body = fc.oneof(
  json,
  json.map((rows) => `{"total":1,"page":1,"per_page":20,"personas":${rows}}`),
  json.map((row) => `{"total":1,"page":1,"per_page":20,"personas":[${row},${PERSONA_JSON}]}`),
  json.map((fields) => `{"psychographic":{"fields":${fields}}}`),
  json.map((fields) => PERSONA_JSON.replace('}', `,"psychographic":${fields}}`)),
  fc.tuple(json, json).map(([errors, details]) => `{"message":"x","errors":${errors},"details":${details}}`),
  fc.tuple(text, json).map(([error, details]) => `{"error":${JSON.stringify(error)},"details":[${details}]}`),
);
const CALLS: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
  (client) => client.personas.get(1),
  (client) => client.personas.list(),
  (client) => client.personas.toArray({ limit: 3 }),
  (client) => client.personas.update(1, { name: 'x', psychographic: { lifestyle: 'calm' } }),
  (client) => client.psychographic.get(1),
  (client) => client.behavioral.update(1, { device_usage: null }),
  (client) => client.fieldConfig.get(),
  (client) => client.schema.get(),
  (client) => client.health.check(),
  (client) => client.auth.login({ username: 'x', password: 'y' }),
];

describe.each(DIALECTS)('responses with hostile text, many entries and deep nesting, %s', (dialect) => {
  attack(
    'end in small errors without control characters, and so do events and log lines',
    async () => {
      const tally = new AttackTally();
      const next = { status: 200, body: '' };
      const heard: unknown[] = [];
      const log = (...args: unknown[]) => void heard.push(args);
      const connect = (reads: 'lenient' | 'strict') => {
        const client = new PersonaClient({
          fetch: async () => new Response(next.body, { status: next.status }),
          logger: { debug: log, info: log, warn: log, error: log },
          logLevel: 'debug',
          dialect,
          reads,
          retry: false,
          breaker: false,
          cache: false,
        });
        for (const name of EVENT_NAMES) client.on(name, (event: object) => void heard.push(event));
        return client;
      };
      const clients = [connect('lenient'), connect('strict')];
      const status = fc.constantFrom(200, 200, 200, 400, 401, 404, 409, 422, 500, 503);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...clients),
          fc.constantFrom(...CALLS),
          body,
          status,
          async (client, call, bodyText, code) => {
            heard.length = 0;
            Object.assign(next, { status: code, body: bodyText });
            const error = await catchError(call(client).then(() => Promise.reject(undefined)));
            const label = () => `${code} ${call} ${bodyText.slice(0, 300)}`;
            if (error !== undefined) checkError(tally, error, label);
            const found = findHostile(heard);
            tally.check(found.length === 0, () => `${label()}: events ${found}`);
          },
        ),
        { numRuns: runCount(600, 20_000), interruptAfterTimeLimit: runCount(60_000, 1_200_000) },
      );
      for (const client of clients) client.close();
      return tally;
    },
    { timeout: 1_500_000 },
  );

  attack('keep joiners and variation selectors, which belong to the spelling', async () => {
    const tally = new AttackTally();
    const name = 'می\u200cخواهم क्\u200dष 👩\u200d🚀 ❤\ufe0f';
    using client = new PersonaClient({
      fetch: async () => Response.json({ ...PERSONA_BODY, name, psychographic: { [name]: 1n.toString() } }),
      dialect,
    });
    const persona = await client.personas.get(1);
    tally.check(persona.name === name && name in (persona.psychographic ?? {}), () => inspect(persona));
    return tally;
  });
});

it('names a changed field in `schemaDrift` without control characters', async () => {
  const name = '\u001b[31mnew\nFORGED\u202e\u{e0041}';
  const fields = [
    [],
    [{ name, type: 'string', label: name, description: name, options: [name], own: { [name]: [name] } }],
  ];
  const client = new PersonaClient({
    fetch: async () => Response.json({ psychographic: { fields: fields.shift() }, [name]: { fields: [] } }),
    dialect: 'attributes',
    cache: false,
  });
  onTestFinished(() => client.close());
  const drift = new Promise((resolve) => client.on('schemaDrift', resolve));
  await client.fieldConfig.get();
  expect(await client.fieldConfig.get()).toMatchObject({ psychographic: { fields: [{ name }] } });
  expect(findHostile(await drift)).toEqual([]);
  expect(await drift).toMatchObject({ changes: [{ category: 'psychographic', change: 'added' }] });
  const invalid = { psychographic: { [name]: 'other' } };
  const error = await catchError(client.personas.update(1, invalid as never));
  expect(findHostile(error)).toEqual([]);
  expect(error).toMatchObject({ code: 'invalid_input' });
});

it('repeats no unknown name of a field config in an error', async () => {
  using client = new PersonaClient({
    fetch: async () => Response.json({ SECRET: 5, psychographic: { fields: [{ name: 'x' }] } }),
    dialect: 'attributes',
    retry: false,
  });
  const error = (await catchError(client.fieldConfig.get())) as PersonaResponseError;
  expect(error).toBeInstanceOf(PersonaResponseError);
  expect(inspect(error)).not.toContain('SECRET');
  expect(error.issues.map(({ path }) => path.join('.'))).toEqual(['…', 'psychographic.fields.0.type']);
});

describe('a list of 10 MB that does not match the schema', () => {
  it.each([
    ['zeros', '0'],
    ['empty objects', '{}'],
    ['rows with other fields', '{"a":1,"b":"x","c":{}}'],
    ['rows with an id only', '{"id":1}'],
    ['rows without valid times', PERSONA_JSON.replaceAll('2026', 'x')],
  ])('costs at most half as much time again as parsing it: %s', async (_, entry) => {
    const program = ['--import', 'tsx', 'test/security/junk.program.ts', entry];
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 100_000 });
    const { parseMs, callMs, ...error } = JSON.parse(stdout);
    console.log(`${parseMs.toFixed(0)} ms to read and parse, ${callMs.toFixed(0)} ms for the call`);
    expect(error).toMatchObject({ code: 'invalid_response' });
    expect(error.issues).toBeLessThanOrEqual(20);
    expect(callMs).toBeLessThan(1.5 * parseMs + 10);
  });
});

describe('a response with two large sizes', () => {
  const MAX_RATIO = 25;
  it.each([
    ['page keys x invalid rows', 'ok'],
    ['configured fields x invalid rows', 'ok'],
    ['changed options', 'ok'],
    ['changed fields', 'ok'],
    ['options x invalid entries', 'invalid_input'],
    ['categories of a field config', 'invalid_response'],
    ['NaN in a list', 'invalid_response'],
    ['NaN in rows', 'invalid_response'],
    ['NaN as keys', 'invalid_response'],
    ['integers beyond 2^53', 'invalid_response'],
    ['one NaN among numbers', 'ok'],
    ['keys of an error', 'unauthenticated'],
  ])(`costs at most ${MAX_RATIO} times as much as parsing it: %s`, async (name, outcome) => {
    const program = ['--import', 'tsx', 'test/security/slow-response.program.ts', name, String(MAX_RATIO)];
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 100_000 });
    const { parseMs, callMs, ...rest } = JSON.parse(stdout);
    console.log(`${parseMs.toFixed(0)} ms to parse, ${callMs.toFixed(0)} ms for the call`);
    expect(rest).toEqual({ outcome });
    expect(callMs).toBeLessThan(MAX_RATIO * parseMs + 50);
  });
});
