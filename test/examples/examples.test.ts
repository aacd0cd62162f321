import { globSync, readFileSync } from 'node:fs';
import { PersonaClient } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket } from 'persona-client/mcp';
import { createPersonaService, type Dialect, type PersonaService } from 'persona-client/testing';
import { describe, expect, test } from 'vitest';
import { type ExampleResult, runExample } from '../support/run-example.js';
import { DIALECTS } from '../support/service.js';

const USER_VARIABLES = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'secret' };

/** Folders of examples with their own tests. */
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
  'openapi',
  'testing',
  'browse',
];

/** Expected output of each example, in order. A string must match a whole line. */
const SCRIPTS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  quickstart: [
    'Created persona with ID: 6',
    'Interests: technology, music, hiking',
    'Example User lives in San Francisco',
    'Found 6 of 6 personas',
    'Deleted the persona',
  ],
  auth: [
    'login: ok',
    'Found 5 personas',
    'refresh: ok',
    /^Logged in until \d{4}-/,
    'logout: ok',
    'Logged in: false',
    'login: failed',
    'Wrong password: credentials_rejected',
  ],
  caching: [
    'After a create, which returns the persona: cache',
    'After an update, which returns the persona: cache, Renamed User',
    'After an update of one category: network, Toronto',
    'Second read: cache',
    "With cache: 'reload': network",
    'Three identical reads at the same time: network, deduplicated, deduplicated',
    'Cache events: {"hit":3,"miss":3,"deduplicated":2,"stale":0,"revalidated":0}',
  ],
  'any-route': [
    '2 of 5 names, from network',
    'Again, from cache',
    'After a create: Any Route is first, from network',
    'Rejected: must have no segment . or .., not even encoded',
  ],
  'lost-updates': [
    'First editor: saved',
    'Second editor: conflict, stored art and music',
    'Second editor: saved art and music and chess',
  ],
  'incremental-reads': ['Copied all personas', 'The copy has Renamed'],
  'record-and-replay': ['Recorded one persona', 'Replayed the same name', 'Not in the recording: persona 2'],
  breaker: [
    'Up: 5 personas',
    'call 1: no connection',
    'circuit open, 5 failures in a row',
    'call 5: no connection',
    'call 6: circuit open, nothing sent',
    'With a fallback: unknown, circuit_open',
    'circuit half-open, 5 failures in a row',
    'circuit closed, 0 failures in a row',
    'Up again: 5 personas',
  ],
  pagination: [
    '5 personas on 3 pages',
    /^page 1: /,
    /^page 3: /,
    'The iterator returned 5 personas, 5 of them unique',
  ],
};

describe.each(DIALECTS)('scripts with a %s service', (dialect) => {
  test.concurrent.each(Object.keys(SCRIPTS))(
    '%s prints its steps in order, and leaves the personas unchanged',
    { timeout: 30_000 },
    async (name) => {
      await using service = createService(dialect, name === 'auth');
      const { url } = await service.listen({ port: 0 });
      const before = await readNames(service, name === 'auth');
      const run = await runExample(name, {
        PERSONA_API_URL: url,
        ...(name === 'auth' ? USER_VARIABLES : {}),
      });
      expectClean(run);
      expectInOrder(run.lines, SCRIPTS[name] ?? []);
      expect(await readNames(service, name === 'auth')).toEqual(before);
    },
  );
});

test('auth fails with a clear message if the service has no authentication', {
  timeout: 30_000,
}, async () => {
  await using service = createService('subresource', false);
  const { url } = await service.listen({ port: 0 });
  const { code, stderr } = await runExample('auth', { PERSONA_API_URL: url, ...USER_VARIABLES });
  expect(code).toBe(1);
  expect(stderr).toContain('does not offer authentication');
});

test('quickstart fails with a clear message if the service is not running', { timeout: 30_000 }, async () => {
  const service = createService('subresource', false);
  const { url } = await service.listen({ port: 0 });
  await service.close();
  const { code, stderr } = await runExample('quickstart', { PERSONA_API_URL: url });
  expect(code).toBe(1);
  expect(stderr).toContain('ECONNREFUSED, nothing was sent');
});

test('mcp-client runs the steps of the integration guide', { timeout: 30_000 }, async () => {
  await using service = createService('subresource', false);
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

test('every script is tested here and listed in examples/README.md', () => {
  const files = globSync('**/*.ts', { cwd: 'examples', exclude: ['**/node_modules', ...APPS] });
  const scripts = [...Object.keys(SCRIPTS), 'mcp-client', 'demo'].map((name) => `${name}.ts`);
  const text = (file: string) => readFileSync(`examples/${file}`, 'utf8');
  const imported = scripts.flatMap((file) =>
    [...text(file).matchAll(/from '\.\/(.+)\.js'/g)].map(([, path]) => `${path}.ts`),
  );
  expect(files.toSorted()).toEqual([...scripts, ...imported].toSorted());

  const listed = [...text('README.md').matchAll(/\]\(([\w-]+\.ts)\)/g)].map(([, file]) => file);
  expect(listed.toSorted()).toEqual(scripts.toSorted());
});

function createService(dialect: Dialect, auth: boolean): PersonaService {
  const users = { [USER_VARIABLES.PERSONA_USERNAME]: USER_VARIABLES.PERSONA_PASSWORD };
  return createPersonaService({ dialect, auth: auth && { users } });
}

/** Lists the sorted names of all personas. Returns an empty list for a service that requires a token. */
async function readNames(service: PersonaService, auth: boolean): Promise<readonly string[]> {
  if (auth) return [];
  const response = await service.fetch('http://any/api/v1/personas');
  const { personas } = (await response.json()) as { personas: { name: string }[] };
  return personas.map(({ name }) => name).toSorted();
}

function expectClean({ code, stderr }: ExampleResult): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

function expectInOrder(lines: readonly string[], expected: readonly (string | RegExp)[]): void {
  let start = 0;
  for (const pattern of expected) {
    const index = lines.findIndex(
      (line, i) => i >= start && (typeof pattern === 'string' ? line === pattern : pattern.test(line)),
    );
    expect(index, `${pattern} in:\n${lines.join('\n')}`).toBeGreaterThanOrEqual(start);
    start = index + 1;
  }
}
