import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type {
  AccessOptions,
  BreakerOptions,
  CacheOptions,
  CallEvent,
  ClientOptions,
  ClientRetryOptions,
  PersonaErrorCode,
  PersonaEvents,
  RequestOptions,
} from 'persona-client';
import * as core from 'persona-client';
import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { optionsSchema } from '../../../src/client/options.js';
import { resolveOptions } from '../../../src/config/resolve-options.js';
import { toolNames } from '../../../src/mcp/options.js';
import { OPERATIONS } from '../../support/calls.js';
import { formatFailureMatrix } from '../../support/failure-matrix.js';
import { parseCodeSpans, parseTable } from './markdown.js';

const read = (file: string) => readFileSync(file, 'utf8');
const README = read('README.md');
const page = (name: string) => read(`docs/reference/${name}.md`);

/** The first code span of each row. */
const readNames = (name: string, table: string) =>
  parseTable(page(name), table).flatMap(([first]) => parseCodeSpans(first).slice(0, 1));

/** Property names of a type. The compiler rejects a missing or an extra name. */
type Names<T> = Record<keyof Required<T>, true>;

const CLIENT: Names<ClientOptions> = {
  baseUrl: true,
  apiVersion: true,
  auth: true,
  tokenStore: true,
  principal: true,
  allowInsecureAuth: true,
  access: true,
  redact: true,
  timeoutMs: true,
  deadlineMs: true,
  retry: true,
  breaker: true,
  cache: true,
  concurrency: true,
  onUnknownOutcome: true,
  reads: true,
  lateWriteWindowMs: true,
  dialect: true,
  attributes: true,
  unknownFields: true,
  maxResponseBytes: true,
  headers: true,
  logger: true,
  logLevel: true,
  fetch: true,
};
const RETRY: Names<ClientRetryOptions> = { limit: true, backoffMs: true, maxBackoffMs: true, budget: true };
const BREAKER: Names<BreakerOptions> = {
  failMax: true,
  resetTimeoutMs: true,
  errorThresholdPercentage: true,
  volumeThreshold: true,
  windowMs: true,
  isFailure: true,
};
const CACHE: Names<CacheOptions> = {
  ttlMs: true,
  ttlMsFor: true,
  maxEntries: true,
  maxBytes: true,
  staleIfErrorMs: true,
  staleWhileRevalidateMs: true,
  store: true,
  keySecret: true,
  namespace: true,
  storeTimeoutMs: true,
};
const REQUEST: Names<RequestOptions> = {
  signal: true,
  timeoutMs: true,
  deadlineMs: true,
  retry: true,
  cache: true,
  onUnknownOutcome: true,
  reads: true,
  headers: true,
  fallback: true,
  onInvalidFields: true,
  priority: true,
};
const ACCESS: Names<AccessOptions> = { readOnly: true, allow: true, deny: true, categories: true };
const CODES: Record<PersonaErrorCode, true> = {
  invalid_input: true,
  rejected_input: true,
  invalid_response: true,
  incomplete_list: true,
  unexpected_status: true,
  route_not_found: true,
  unauthenticated: true,
  credentials_rejected: true,
  auth_unsupported: true,
  forbidden: true,
  not_found: true,
  conflict: true,
  rate_limited: true,
  server_error: true,
  connection_failed: true,
  timeout: true,
  circuit_open: true,
  not_cached: true,
  aborted: true,
};
const CALL: Names<CallEvent> = { callId: true, requestId: true, call: true };
const EVENTS: { [Name in keyof PersonaEvents]: Names<PersonaEvents[Name]> } = {
  callStart: CALL,
  callEnd: { ...CALL, durationMs: true, attempts: true, source: true, error: true },
  request: { ...CALL, attempt: true, method: true, url: true },
  response: { ...CALL, attempt: true, durationMs: true, status: true, error: true },
  retry: { ...CALL, attempt: true, delayMs: true, error: true, status: true },
  retrySkipped: { ...CALL, blockedBy: true, error: true },
  reconcile: { ...CALL, found: true, delayMs: true },
  invalidField: { ...CALL, personaId: true, path: true, rule: true, omitted: true },
  unknownField: { ...CALL, path: true, rule: true },
  circuitRejected: { ...CALL, state: true },
  cache: { ...CALL, outcome: true },
  cacheStore: { ok: true },
  circuit: { state: true, failures: true },
  token: { action: true, ok: true },
  insecureAuth: { origin: true },
  dialect: { dialect: true },
  schemaDrift: { changes: true, breaking: true, diff: true },
};

const sort = (names: Iterable<string>) => [...names].toSorted();
const addPrefix = (prefix: string, names: object) => Object.keys(names).map((name) => `${prefix}.${name}`);

describe('tables of the reference match the code', () => {
  test('methods', () => {
    const methods = page('methods')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const names = methods.flatMap((row) =>
      parseCodeSpans(row.split('|')[1]).map((span) => span.split('(')[0]),
    );
    expect(names).toEqual(expect.arrayContaining(OPERATIONS));
  });

  test('client options', () => {
    const names = [
      ...Object.keys(CLIENT),
      ...addPrefix('access', ACCESS),
      ...addPrefix('retry', RETRY),
      ...addPrefix('breaker', BREAKER),
      ...addPrefix('cache', CACHE),
    ];
    expect(sort(readNames('options', 'ClientOptions'))).toEqual(sort(names));
  });

  test.each(parseTable(page('options'), 'ClientOptions').filter(([, cell]) => cell?.startsWith('`')))(
    'the default of %s is %s',
    (name, cell) => {
      const path = parseCodeSpans(name)[0]?.split('.') ?? [];
      const resolved = path.reduce<unknown>(
        (value, key) => Object(value)[key],
        resolveOptions(optionsSchema(), {}),
      );
      expect(resolved).toEqual(new Function(`return (${parseCodeSpans(cell)[0]});`)());
    },
  );

  test('request options', () => {
    expect(sort(readNames('options', 'RequestOptions'))).toEqual(sort(Object.keys(REQUEST)));
  });

  test('error classes and error codes', () => {
    const classes = Object.keys(core).filter((name) => /^Persona\w+Error$/.test(name));
    expect(sort(readNames('errors', 'errors'))).toEqual(sort(classes));
    const codes = parseTable(page('errors'), 'errors').flatMap(([, , cell]) => parseCodeSpans(cell));
    expect(sort(new Set(codes))).toEqual(sort(Object.keys(CODES)));
  });

  test('events and their fields', () => {
    const rows = parseTable(page('events'), 'PersonaEvents').map(([name, , fields]) => [
      parseCodeSpans(name)[0] ?? '',
      parseCodeSpans(fields).map((field) => field.replace('?', '')),
    ]);
    expect(sort(rows.map(([name]) => String(name)))).toEqual(sort(Object.keys(EVENTS)));
    for (const [name, fields] of rows)
      expect(fields).toEqual(expect.arrayContaining(Object.keys(EVENTS[name as keyof PersonaEvents])));
  });

  test('environment variables', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const code = sources.map((file) => read(`src/${file}`)).join('\n');
    const supported = new Set(code.match(/(?<!\w)PERSONA_[A-Z_]+(?!\w)/g));
    for (const constant of ['PERSONA_ENDPOINTS', 'PERSONA_FIELDS', 'PERSONA_OUTPUT', 'PERSONA_TEMPLATE'])
      supported.delete(constant);
    const rows = parseTable(page('environment-variables'), 'variables');
    expect(sort(rows.flatMap(([names]) => parseCodeSpans(names)))).toEqual(sort(supported));
  });

  test('metrics', () => {
    const names = read('src/otel/instruments.ts').match(/(?<=')(?:persona_client|http)\.[\w.]+(?=')/g);
    expect(sort(readNames('events', 'metrics'))).toEqual(sort(new Set(names)));
  });

  test('MCP tools', () => {
    expect(readNames('mcp', 'tools')).toEqual(toolNames());
    const rows = parseTable(read('docs/guides/ai-assistants.md'), 'tools');
    const calls = rows.flatMap(([cell]) => parseCodeSpans(cell));
    expect(sort(calls.map((call) => call.replace(/\(.*/, '')))).toEqual(sort(toolNames()));
  });

  test('error codes in the troubleshooting guide', () => {
    const rows = parseTable(read('docs/guides/troubleshooting.md'), 'codes');
    expect(sort(rows.flatMap(([code]) => parseCodeSpans(code)))).toEqual(sort(Object.keys(CODES)));
  });

  test('first options in README', () => {
    const names = [...README.matchAll(/^\| `(\w+)` \| /gm)].map(([, name = '']) => name);
    expect(names.length).toBe(10);
    expect(names.filter((name) => !(name in CLIENT))).toEqual([]);
  });
});

test('README has the two main commands on lines of their own', () => {
  const lines = README.split('\n');
  expect(lines).toContain('npm ci && npm run demo');
  expect(lines).toContain('npm ci && npm test');
});

test('no document or example lets npx download a package of this name', () => {
  const list = execFileSync(
    'git',
    ['ls-files', '--', 'README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'docs', 'examples', 'src'],
    {
      encoding: 'utf8',
    },
  );
  const commands = list
    .trim()
    .split('\n')
    .filter((file) => /\.(?:md|tsx?|mjs|json|html|sh)$/.test(file) && existsSync(file))
    .flatMap((file) =>
      [
        ...read(file).matchAll(
          /\b(?:npx|npm exec)\b(?:\W+(?:args|yes|no-install|no|y|package|c))*\W+persona-client\b/g,
        ),
      ].map(([command]) => `${file}: ${command}`),
    );
  expect(commands.length).toBeGreaterThan(5);
  expect(
    commands.filter((command) => !/npx\W+(?:args\W+)?--no-install\W+persona-client$/.test(command)),
  ).toEqual([]);
});

test('the tables of broken servers match the failure matrix', () => {
  const [, tables] =
    /<!-- broken-servers: .*-->\n([\s\S]*?)\n<!-- \/broken-servers -->/.exec(page('runtimes')) ?? [];
  expect(tables).toBe(formatFailureMatrix());
});

test('all npm scripts that tracked files mention exist', () => {
  const scripts = new Set(Object.keys(manifest.scripts));
  // Examples with their own package.json have their own scripts.
  const excluded = ['**/package-lock.json', 'CHANGELOG.md', 'examples/**/package.json'];
  const pathspecs = [
    ...['*.md', '*.ts', '*.tsx', '*.mjs', '*.json', '*.sh', '.ci/run'],
    ...excluded.map((path) => `:(exclude,glob)${path}`),
  ];
  const list = execFileSync('git', ['ls-files', '--', ...pathspecs], { encoding: 'utf8' });
  const unknown = list
    .trim()
    .split('\n')
    .filter((file) => existsSync(file)) // a deleted file stays in the index until the commit
    .flatMap((file) =>
      [...read(file).matchAll(/npm run ([a-z][a-z\d:-]*)/g)]
        .filter(([, script = '']) => !scripts.has(script))
        .map(([command]) => `${file}: ${command}`),
    );
  expect(list).toContain('README.md');
  expect(unknown).toEqual([]);
});

test('the source tree in the architecture guide matches src', () => {
  const [, tree = ''] = /^```\nsrc\/\n([\s\S]*?)^```$/m.exec(read('docs/guides/architecture.md')) ?? [];
  const listed = [...tree.matchAll(/^ {2}(\S+?)\/? /gm)].map(([, name = '']) => name);
  expect(sort(listed)).toEqual(sort(readdirSync('src')));
});
