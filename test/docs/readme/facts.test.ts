import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
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
import { addServe } from '../../../src/cli/serve.js';
import { resolveOptions } from '../../../src/config/resolve-options.js';
import { anchorsOf, codeIn, linksOf, tableOf } from './markdown.js';

const read = (file: string) => readFileSync(file, 'utf8');
const README = read('README.md');

/** The first code span of each row. */
const namesIn = (table: string) => tableOf(README, table).flatMap(([first]) => codeIn(first).slice(0, 1));

/** Complete, and with nothing too much, by the compiler's word. */
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
  lateWriteWindowMs: true,
  dialect: true,
  attributes: true,
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
  headers: true,
  fallback: true,
};
const ACCESS: Names<AccessOptions> = { readOnly: true, allow: true, deny: true, categories: true };
const CODES: Record<PersonaErrorCode, true> = {
  invalid_input: true,
  rejected_input: true,
  invalid_response: true,
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
  circuitRejected: { ...CALL, state: true },
  cache: { ...CALL, outcome: true },
  cacheStore: { ok: true },
  circuit: { state: true, failures: true },
  token: { action: true, ok: true },
  insecureAuth: { origin: true },
  dialect: { dialect: true },
  schemaDrift: { changes: true, breaking: true, diff: true },
};

const sorted = (names: Iterable<string>) => [...names].toSorted();
const nested = (prefix: string, names: object) => Object.keys(names).map((name) => `${prefix}.${name}`);

describe('README tables', () => {
  test('client options', () => {
    const all = [
      ...Object.keys(CLIENT),
      ...nested('access', ACCESS),
      ...nested('retry', RETRY),
      ...nested('breaker', BREAKER),
      ...nested('cache', CACHE),
    ];
    expect(sorted(namesIn('ClientOptions'))).toEqual(sorted(all));
  });

  test.each(tableOf(README, 'ClientOptions').filter(([, cell]) => cell?.startsWith('`')))(
    'the default of %s is %s',
    (name, cell) => {
      const path = codeIn(name)[0]?.split('.') ?? [];
      const resolved = path.reduce<unknown>((value, key) => Object(value)[key], resolveOptions({}));
      expect(resolved).toEqual(new Function(`return (${codeIn(cell)[0]});`)());
    },
  );

  test('request options', () => {
    expect(sorted(namesIn('RequestOptions'))).toEqual(sorted(Object.keys(REQUEST)));
  });

  test('errors: every class and every code', () => {
    const classes = Object.keys(core).filter((name) => /^Persona\w+Error$/.test(name));
    expect(sorted(namesIn('errors'))).toEqual(sorted(classes));
    const codes = tableOf(README, 'errors').flatMap(([, , cell]) => codeIn(cell));
    expect(sorted(new Set(codes))).toEqual(sorted(Object.keys(CODES)));
  });

  test('events and their fields', () => {
    const rows = tableOf(README, 'PersonaEvents').map(([name, , fields]) => [
      codeIn(name)[0] ?? '',
      codeIn(fields).map((field) => field.replace('?', '')),
    ]);
    expect(sorted(rows.map(([name]) => String(name)))).toEqual(sorted(Object.keys(EVENTS)));
    for (const [name, fields] of rows)
      expect(fields).toEqual(expect.arrayContaining(Object.keys(EVENTS[name as keyof PersonaEvents])));
  });

  test('flags of serve', () => {
    const program = new Command();
    addServe(program);
    const options = program.commands[0]?.options ?? [];
    expect(namesIn('serve')).toEqual(options.map(({ flags }) => flags));
    for (const [flag, cell] of tableOf(README, 'serve')) {
      const { defaultValue } = options.find(({ flags }) => flags === codeIn(flag)[0]) ?? {};
      expect(codeIn(cell)[0], flag).toBe(defaultValue === undefined ? undefined : String(defaultValue));
    }
  });

  test('environment variables', () => {
    const known = new Set(read('src/config/env.ts').match(/\bPERSONA_\w+/g));
    const section = README.slice(README.indexOf('## Environment variables'), README.indexOf('## Errors'));
    expect(sorted(new Set(section.match(/\bPERSONA_\w+/g)))).toEqual(sorted(known));
  });
});

test('the two commands stand alone on their lines, and are there to be run', () => {
  const lines = README.split('\n');
  expect(lines).toContain('npm ci && npm run demo');
  expect(lines).toContain('npm ci && npm test');
  const scripts = new Set(Object.keys(manifest.scripts));
  const documents = README + read('CONTRIBUTING.md') + read('examples/README.md');
  for (const [, script = ''] of documents.matchAll(/npm run ([a-z][a-z\d:-]*)/g))
    expect(scripts).toContain(script);
});

test('the tree shows what is in src', () => {
  const [, tree = ''] = /^```\nsrc\/\n([\s\S]*?)^```$/m.exec(README) ?? [];
  const shown = [...tree.matchAll(/^ {2}(\S+?)\/? /gm)].map(([, name = '']) => name);
  expect(sorted(shown)).toEqual(sorted(readdirSync('src')));
});

describe('links lead somewhere', () => {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'examples/README.md',
    'examples/web-app/README.md',
    'examples/explorer/README.md',
  ];
  const links = files.flatMap((file) => linksOf(read(file)).map((target) => ({ file, target })));

  test.each(links.filter(({ target }) => !/^https?:/.test(target)))('$file: $target', ({ file, target }) => {
    const [path = '', anchor] = target.split('#');
    const resolved = path === '' ? file : join(dirname(file), path);
    expect(existsSync(resolved)).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(read(resolved))).toContain(anchor);
  });
});
