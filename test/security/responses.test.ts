import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { PersonaClient, PersonaError } from 'persona-client';
import { describe, onTestFinished } from 'vitest';
import { PERSONA_JSON } from '../support/personas.js';
import { DIALECTS } from '../support/service.js';
import { AttackTally, attack, runCount } from './attack.js';

/** The JSON report of vitest. */
interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const MIB = 1024 * 1024;
const ENCODINGS = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (bytes: Buffer) =>
    zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: zlib.zstdCompressSync,
};

describe('prototypes', () => {
  attack(
    'runs with frozen prototypes, so the client never writes to one',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'frozen-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const config = ['--config', 'test/security/frozen/vitest.config.ts', '--root', '.'];
      const file = join(folder, 'report.json');
      const reporter = ['--reporter', 'json', '--outputFile', file];
      const run = promisify(execFile)('vitest', ['run', ...config, ...reporter], { maxBuffer: 2 ** 28 });
      await run.catch(() => {}); // the report contains the failures
      const { testResults, numTotalTests, numPassedTests }: VitestReport = JSON.parse(
        await readFile(file, 'utf8'),
      );
      const seen = testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status !== 'passed')
        .map(({ fullName }) => fullName);
      return { tries: numTotalTests, breaches: numTotalTests - numPassedTests, examples: seen };
    },
    { timeout: 600_000 },
  );
});

describe('response size', () => {
  attack(
    'rejects a 250 KB response that decompresses to 200 MiB, with less than 64 MiB of memory',
    async (context) => {
      context.skip(process.platform !== 'linux', 'only Linux can measure the peak memory of a part of a run');
      const tally = new AttackTally();
      const zeros = Buffer.alloc(200 * MIB, '0');
      for (const [encoding, compress] of Object.entries(ENCODINGS)) {
        const bomb = compress(zeros);
        const server = createServer(({ url }, response) => {
          const body = url?.endsWith('/2') ? bomb : compress(Buffer.from(PERSONA_JSON));
          response
            .writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
            .end(body);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        onTestFinished(() => void server.close());
        const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        for (const transport of ['platform', 'pooled']) {
          const program = ['--import', 'tsx', 'test/security/bomb.program.ts', address, transport];
          const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: 60_000 });
          const { personaId, rejected, grownBytes, message } = JSON.parse(stdout);
          console.log(
            `${encoding}, ${transport}: ${bomb.length} bytes sent, ${(grownBytes / MIB).toFixed(1)} MiB of memory`,
          );
          const isSafe = bomb.length < 250_000 && personaId === 1 && rejected && grownBytes < 64 * MIB;
          tally.check(isSafe, () => `${encoding}, ${transport}: ${grownBytes} bytes, ${message}`);
        }
      }
      return tally;
    },
  );
});

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'then',
  'valueOf',
  'hasOwnProperty',
];
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...KEYS) }, fc.string());
/** JSON text with hostile keys, possibly duplicated. Text, because JavaScript objects would lose these keys. */
const { hostile } = fc.letrec<{ hostile: string; object: string }>((tie) => ({
  hostile: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
    tie('object'),
    fc.array(tie('hostile'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  ),
  object: fc
    .array(fc.tuple(key, tie('hostile')), { maxLength: 4 })
    .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
}));
const fields = fc
  .array(fc.tuple(key, hostile), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `,${JSON.stringify(name)}:${value}`).join(''));

const PROTOTYPES = [Object, Array, Function, String, Number, Promise, Map].map((type) => type.prototype);
const snapshot = () =>
  PROTOTYPES.map((prototype) =>
    Reflect.ownKeys(prototype).map((name) => [
      name,
      Reflect.getOwnPropertyDescriptor(prototype, name)?.value,
    ]),
  );
const isPlain = (value: unknown): boolean => {
  if (typeof value === 'function') return true; // `nextPage`
  if (typeof value !== 'object' || value === null) return true;
  const expected = Array.isArray(value) ? Array.prototype : Object.prototype;
  return Object.getPrototypeOf(value) === expected && Object.values(value).every(isPlain);
};

const HOSTILE_CALLS: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
  (client) => client.personas.get(1),
  (client) => client.personas.list(),
  (client) => client.personas.update(1, JSON.parse('{"name":"x","__proto__":{"polluted":1}}')),
  (client) =>
    client.personas.create({ name: 'x', psychographic: JSON.parse('{"__proto__":{"polluted":1}}') }),
  (client) => client.demographic.get(1),
  (client) => client.psychographic.update(1, JSON.parse('{"constructor":{"prototype":{"polluted":1}}}')),
  (client) => client.fieldConfig.get(),
  (client) => client.schema.get(),
  (client) => client.health.check(),
  (client) => client.auth.login({ username: 'x', password: 'y' }),
];

describe('hostile keys', () => {
  attack('change no prototype, not even __proto__ and constructor', async () => {
    const tally = new AttackTally();
    const before = snapshot();
    const isUnchanged = () =>
      snapshot().every(
        (keys, type) =>
          keys.length === before[type]?.length &&
          keys.every(([name, value], index) => {
            const [oldName, oldValue] = before[type]?.[index] ?? [];
            return name === oldName && Object.is(value, oldValue);
          }),
      );
    const next = { status: 200, body: '' };
    const fetch = async () => new Response(next.body, { status: next.status });
    const redact = ['name', 'psychographic.__proto__', 'psychographic.constructor', 'demographic'] as const;
    const clients = [{}, { redact }, { cache: false } as const].flatMap((options) =>
      DIALECTS.map(
        (dialect) => new PersonaClient({ fetch, dialect, retry: false, breaker: false, ...options }),
      ),
    );
    const shape = fc.constantFrom<(extraFields: string) => string>(
      (extraFields) => PERSONA_JSON.replace('}', `${extraFields}}`),
      (extraFields) =>
        PERSONA_JSON.replace(
          '}',
          `,"psychographic":{"a":1${extraFields}},"demographic":{"age":1${extraFields}}${extraFields}}`,
        ),
      (extraFields) =>
        `{"personas":[${PERSONA_JSON.replace('}', `${extraFields}}`)}],"total":1,"page":1,"per_page":20${extraFields}}`,
      (extraFields) =>
        `{"contextual":{"fields":[{"name":"x","type":"string"${extraFields}}]${extraFields}}${extraFields}}`,
      (extraFields) =>
        `{"message":"x","errors":{"a":["b"]${extraFields}},"details":["'__proto__' is bad"]${extraFields}}`,
      (extraFields) => `{"access_token":"a.b.c"${extraFields}}`,
      (extraFields) => `{"status":"ok"${extraFields}}`,
    );
    const status = fc.constantFrom(200, 200, 200, 400, 422, 500, 409);
    const input = fc.tuple(
      fc.constantFrom(...clients),
      fc.constantFrom(...HOSTILE_CALLS),
      shape,
      fields,
      status,
    );
    let successes = 0;
    await fc.assert(
      fc.asyncProperty(input, async ([client, call, createBody, extraFields, code]) => {
        Object.assign(next, { status: code, body: createBody(extraFields) });
        const outcome = await call(client).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        if ('value' in outcome) successes++;
        const isSafe = 'value' in outcome ? isPlain(outcome.value) : outcome.error instanceof PersonaError;
        const printed = 'error' in outcome ? String(outcome.error) : JSON.stringify(outcome.value);
        tally.check(isSafe && isUnchanged(), () => `${next.body}: ${printed}`);
      }),
      { numRuns: runCount(5_000, 200_000) },
    );
    for (const client of clients) client.close();
    tally.check(successes > 500, 'too few responses were accepted');
    return tally;
  });
});
