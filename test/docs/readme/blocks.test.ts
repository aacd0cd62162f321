import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PersonaClient } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket } from 'persona-client/mcp';
import { createPersonaService, type Dialect, type Fault } from 'persona-client/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseBlocks, parseCodeSpans, parseTable } from './markdown.js';
import { expectedOutput, findTypeErrors, runModule } from './run-block.js';

const GUIDES = readdirSync('docs/guides').map((file) => `docs/guides/${file}`);
const REFERENCE = readdirSync('docs/reference').map((file) => `docs/reference/${file}`);
const FILES = ['README.md', 'CONTRIBUTING.md', 'docs/index.md', ...GUIDES, ...REFERENCE];
const BLOCKS = FILES.flatMap((file) => parseBlocks(file, readFileSync(file, 'utf8')));
const MIGRATION = readFileSync('docs/guides/migration.md', 'utf8');

const JSON_BLOCKS = FILES.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, code = '']) => ({
    file,
    code,
  })),
);

const PRELUDE = "import { PersonaClient } from 'persona-client';\n";
/** Statements of the integration guide's Python client, and the same in TypeScript. */
const TRANSLATIONS = parseTable(MIGRATION, 'guide').map(([python = '', typescript]) => ({
  python: parseCodeSpans(python).join(', '),
  code: parseCodeSpans(typescript).join('\n'),
}));

/** Environment of a block. `<!-- run: name -->` above the block selects it. */
interface Scenario {
  readonly auth?: true;
  readonly fault?: Fault;
  readonly dialect?: Dialect;
  /** Sets the environment variables of the client, with user name and password. */
  readonly environment?: true;
  /** An MCP server listens on a free port, which replaces port 8123 in the block. */
  readonly mcp?: true;
  /** The block replaces `fetch` itself. */
  readonly replacesFetch?: true;
}
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  attributes: { dialect: 'attributes' },
  auth: { auth: true },
  environment: { auth: true, environment: true },
  mcp: { mcp: true },
  msw: { replacesFetch: true },
  outage: { fault: { status: 503 } },
  silence: { fault: { stall: true } },
};

type Handler = (request: { params: { id: string } }, response: object) => Promise<void>;

const PASSWORD = 'your_password';

/** Starts a service and redirects all requests to it, whatever their URL. */
async function setupScenario(name = 'default') {
  const { auth, fault, dialect = 'subresource', environment, mcp, replacesFetch } = SCENARIOS[name] ?? {};
  const service = createPersonaService({
    dialect,
    auth: auth ? { users: { admin: PASSWORD, bob: PASSWORD } } : false,
  });
  if (fault) service.faults.add({ ...fault, match: { path: /^\/api\// } });
  const { url } = await service.listen({ port: 0 });
  vi.stubEnv('PERSONA_PASSWORD', PASSWORD);
  if (environment) {
    vi.stubEnv('PERSONA_API_URL', url);
    vi.stubEnv('PERSONA_USERNAME', 'admin');
  }
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-readme-'));
  const originalFetch = globalThis.fetch;
  const redirectingFetch = (input: string, init?: RequestInit) => {
    if (input === '/session/token') return Promise.resolve(new Response('a-token'));
    const { pathname, search } = new URL(input);
    return originalFetch(`${url}${pathname}${search}`, init);
  };
  if (!replacesFetch) vi.stubGlobal('fetch', redirectingFetch);
  const storage = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, text: string) => storage.set(key, text),
    removeItem: (key: string) => storage.delete(key),
  });
  for (const name of ['addEventListener', 'removeEventListener']) vi.stubGlobal(name, () => {});
  vi.stubGlobal('document', { body: { append: () => {} } });
  vi.stubGlobal('prompt', () => PASSWORD);
  const client = new PersonaClient({ retry: { backoffMs: 1 } });
  const mcpListener = mcp && (await listenMcpSocket(createPersonaMcpServer({ client }), { port: 0 }));
  onTestFinished(async () => {
    await mcpListener?.close();
    client.close();
    vi.unstubAllGlobals();
    await service.close();
    await rm(folder, { recursive: true });
  });
  const routes = new Map<string, Handler>();
  const app = { get: (path: string, handler: Handler) => void routes.set(path, handler), listen: () => {} };
  return {
    service,
    routes,
    /** Runs a block, with the addresses and the folder of the scenario in place of its own. */
    run: (code: string) =>
      runModule(
        code
          .replaceAll('http://localhost:5050', url)
          .replace('8123', mcpListener?.address.split(':').at(-1) ?? '8123')
          .replace(/'([\w-]+\.(?:json|journal|sqlite))'/g, (_, file) => JSON.stringify(join(folder, file))),
        { client },
        { express: { default: () => app } },
      ),
  };
}

test('all blocks and translations compile', { timeout: 120_000 }, () => {
  const blocks = BLOCKS.map(({ code, language, location, module }) => [
    module ?? `${location.replaceAll('/', ' ')}.${language}`,
    code,
  ]);
  const translations = TRANSLATIONS.map(({ code }, index) => [`translation${index}.ts`, PRELUDE + code]);
  expect(findTypeErrors(Object.fromEntries([...blocks, ...translations]))).toEqual([]);
});

const FIRST_BLOCKS = [...GUIDES, 'README.md', 'docs/index.md'].flatMap((file) =>
  BLOCKS.filter(({ location }) => location.startsWith(`${file}:`)).slice(0, 1),
);

test.each(FIRST_BLOCKS)('the first example of its page is complete: $location', ({ code }) => {
  expect(code).toMatch(/^import /);
  if (/\bclient[.)]/.test(code)) expect(code).toMatch(/\b(?:const|using) client = /);
});

test.each(JSON_BLOCKS)('a JSON block of $file is valid', ({ code }) => {
  expect(() => JSON.parse(code)).not.toThrow();
});

test('the type check reports an error', { timeout: 120_000 }, () => {
  expect(findTypeErrors({ 'wrong.ts': "await client.personas.get('1');" })).toEqual([
    expect.stringContaining("Argument of type 'string' is not assignable to parameter of type 'number'"),
  ]);
});

describe('blocks run and log their documented output', () => {
  test.each(BLOCKS.filter(({ module }) => module === undefined))(
    '$location',
    { timeout: 15_000 },
    async ({ code, run }) => {
      expect(run === undefined || run in SCENARIOS).toBe(true);
      const scenario = await setupScenario(run);
      const logged = await scenario.run(code);
      const expected = expectedOutput(code);
      expect(logged.filter((line) => expected.includes(line))).toEqual(expected);
    },
  );
});

describe('the TypeScript translations of the integration guide run', () => {
  test.each(TRANSLATIONS)('$python', async ({ code }) => {
    const { run } = await setupScenario();
    await run(PRELUDE + code);
  });
});

/** The part of Express's response that the recipe uses. */
class ExpressResponse {
  code = 200;
  headers: Record<string, string> = {};
  body: unknown;
  status(code: number): this {
    this.code = code;
    return this;
  }
  set(name: string, value: string): this {
    this.headers[name] = value;
    return this;
  }
  json(body: unknown): this {
    this.body = body;
    return this;
  }
}

test('the Express recipe responds with the persona, with 404, and with 503 while the circuit is open', async () => {
  const { service, routes, run } = await setupScenario();
  const recipe = BLOCKS.find(({ code }) => code.includes("app.get('/personas/:id'"));
  await run(recipe?.code ?? '');
  const request = async (id: string) => {
    const response = new ExpressResponse();
    await routes.get('/personas/:id')?.({ params: { id } }, response);
    return response;
  };
  expect(await request('1')).toMatchObject({ code: 200, body: { id: 1 } });
  expect(await request('99')).toMatchObject({ code: 404 });
  service.faults.add({ status: 503 });
  await expect(request('2')).rejects.toMatchObject({ code: 'server_error' });
  await expect(request('3')).rejects.toMatchObject({ code: 'server_error' });
  expect(await request('4')).toMatchObject({ code: 503, headers: { 'Retry-After': '60' } });
});
