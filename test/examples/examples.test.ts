import { globSync, readFileSync } from 'node:fs';
import { PersonaClient } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket } from 'persona-client/mcp';
import { createPersonaService, type Dialect, type PersonaService } from 'persona-client/testing';
import { describe, expect, test } from 'vitest';
import { type Run, runExample } from './run.js';

const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];
const USER = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'secret' };

/** Applications, which have tests of their own. */
const APPS = [
  'web-app',
  'explorer',
  'support',
  'cloudflare-worker',
  'express-proxy',
  'nextjs',
  'redis-cache',
  'indexeddb-cache',
  'react-query',
  'testing',
];

/** What each example must print; a string is a whole line, in this order. */
const SCRIPTS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  quickstart: [
    'Created persona with ID: 6',
    'Interests: technology, music, hiking',
    'Example User lives in San Francisco',
    'Found 6 of 6 personas',
    'Deleted it again',
  ],
  auth: [
    'login: ok',
    'Found 5 personas',
    'refresh: ok',
    /^Signed in until \d{4}-/,
    'logout: ok',
    'Signed in: false',
    'login: failed',
    'Wrong password: credentials_rejected',
  ],
  caching: [
    'After the create, which answered it: cache',
    'After an update, which answered it: cache, Renamed User',
    'After a write to a part of it: network, Toronto',
    'Read again: cache',
    "With cache: 'reload': network",
    'Three equal reads at once: network, joined, joined',
    'Counted: {"hit":3,"miss":3,"joined":2,"stale":0,"revalidated":0}',
  ],
  breaker: [
    'Up: 5 personas',
    'call 1: no connection',
    'circuit open, 5 failures in a row',
    'call 5: no connection',
    'call 6: circuit open, nothing sent',
    'With a fallback: no idea, circuit_open',
    'circuit half-open, 5 failures in a row',
    'circuit closed, 0 failures in a row',
    'Up again: 5 personas',
  ],
  pagination: [
    '5 personas on 3 pages',
    /^page 1: /,
    /^page 3: /,
    'The walk met 5 personas, 5 of them different',
  ],
};

describe.each(DIALECTS)('against a %s service', (dialect) => {
  test.concurrent.each(Object.keys(SCRIPTS))('%s', { timeout: 30_000 }, async (name) => {
    await using service = serviceOf(dialect, name === 'auth');
    const { url } = await service.listen({ port: 0 });
    const before = await namesOf(service, name === 'auth');
    const run = await runExample(name, { PERSONA_API_URL: url, ...(name === 'auth' ? USER : {}) });
    expectClean(run);
    expectInOrder(run.lines, SCRIPTS[name] ?? []);
    expect(await namesOf(service, name === 'auth')).toEqual(before);
  });
});

test('auth says so when the service offers no authentication', { timeout: 30_000 }, async () => {
  await using service = serviceOf('subresource', false);
  const { url } = await service.listen({ port: 0 });
  const { code, stderr } = await runExample('auth', { PERSONA_API_URL: url, ...USER });
  expect(code).toBe(1);
  expect(stderr).toContain('does not offer authentication');
});

test('quickstart fails in words when nothing listens', { timeout: 30_000 }, async () => {
  const service = serviceOf('subresource', false);
  const { url } = await service.listen({ port: 0 });
  await service.close();
  const { code, stderr } = await runExample('quickstart', { PERSONA_API_URL: url });
  expect(code).toBe(1);
  expect(stderr).toContain('ECONNREFUSED, nothing was sent');
});

test('mcp-client does what the guide’s client does', { timeout: 30_000 }, async () => {
  await using service = serviceOf('subresource', false);
  const { url } = await service.listen({ port: 0 });
  using client = new PersonaClient({ baseUrl: url });
  const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { port: 0 });
  const run = await runExample('mcp-client', { PERSONA_MCP_PORT: address.split(':')[1] ?? '' });
  await close();
  expectClean(run);
  const expected = [
    'Connected to MCP server',
    /^Personas: \[/,
    /^Persona details: \{/,
    'Disconnected from MCP server',
  ];
  expectInOrder(run.lines, expected);
});

test('every file is run here, imported by one that is, and listed in examples/README.md', () => {
  const files = globSync('**/*.ts', { cwd: 'examples', exclude: ['**/node_modules', ...APPS] });
  const run = [...Object.keys(SCRIPTS), 'mcp-client', 'demo'].map((name) => `${name}.ts`);
  const text = (file: string) => readFileSync(`examples/${file}`, 'utf8');
  const imported = run.flatMap((file) =>
    [...text(file).matchAll(/from '\.\/(.+)\.js'/g)].map(([, path]) => `${path}.ts`),
  );
  expect(files.toSorted()).toEqual([...run, ...imported].toSorted());

  const listed = [...text('README.md').matchAll(/\]\(([\w-]+\.ts)\)/g)].map(([, file]) => file);
  expect(listed.toSorted()).toEqual(run.toSorted());
});

function serviceOf(dialect: Dialect, auth: boolean): PersonaService {
  const users = { [USER.PERSONA_USERNAME]: USER.PERSONA_PASSWORD };
  return createPersonaService({ dialect, auth: auth && { users } });
}

/** The names in the store, sorted; nothing where they are not to be had without a token. */
async function namesOf(service: PersonaService, auth: boolean): Promise<readonly string[]> {
  if (auth) return [];
  const response = await service.fetch('http://any/api/v1/personas');
  const { personas } = (await response.json()) as { personas: { name: string }[] };
  return personas.map(({ name }) => name).toSorted();
}

function expectClean({ code, stderr }: Run): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function expectInOrder(lines: readonly string[], expected: readonly (string | RegExp)[]): void {
  let from = 0;
  for (const one of expected) {
    const at = lines.findIndex(
      (line, i) => i >= from && (typeof one === 'string' ? line === one : one.test(line)),
    );
    expect(at, `${one} in:\n${lines.join('\n')}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
}
