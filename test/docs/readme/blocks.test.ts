import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Persona, PersonaClient } from 'persona-client';
import { createPersonaMcpServer, listenMcpSocket } from 'persona-client/mcp';
import { createPersonaService, type Dialect, type Fault } from 'persona-client/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseBlocks, parseCodeSpans, parseTable } from './markdown.js';
import { expectedOutput, findTypeErrors, runModule } from './run-block.js';

const GUIDES = readdirSync('docs/guides').map((file) => `docs/guides/${file}`);
const FILES = ['README.md', 'CONTRIBUTING.md', ...GUIDES];
const BLOCKS = FILES.flatMap((file) => parseBlocks(file, readFileSync(file, 'utf8')));
const README = readFileSync('README.md', 'utf8');

const PRELUDE = "import { PersonaClient } from 'persona-client';\n";
/** Statements of the integration guide's Python client, and the same in TypeScript. */
const TRANSLATIONS = parseTable(README, 'guide').map(([python = '', typescript]) => ({
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

/** Starts a service and redirects all requests to it, whatever their URL. */
async function setupScenario(name = 'default') {
  const password = 'your_password';
  const { auth, fault, dialect = 'subresource', environment, mcp, replacesFetch } = SCENARIOS[name] ?? {};
  const service = createPersonaService({
    dialect,
    auth: auth ? { users: { admin: password, bob: password } } : false,
  });
  if (fault) service.faults.add({ ...fault, match: { path: /^\/api\// } });
  const { url } = await service.listen({ port: 0 });
  if (environment) {
    vi.stubEnv('PERSONA_API_URL', url);
    vi.stubEnv('PERSONA_USERNAME', 'admin');
    vi.stubEnv('PERSONA_PASSWORD', password);
  }
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-readme-'));
  const tokenFile = join(folder, 'tokens', 'tokens.json');
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
  const app = { get: (path: string, handler: Handler) => void routes.set(path, handler) };
  const rows = [{ name: 'Ada' }, { name: 'Grace' }, { name: 'Joan' }];
  const lastKnown: Persona = { id: 1, name: 'Last Known', created_at: '', updated_at: '' };
  return {
    service,
    routes,
    /** Replaces the port of the MCP server. */
    adapt: (code: string) => code.replace('8123', mcpListener?.address.split(':').at(-1) ?? '8123'),
    variables: { client, app, url, password, token: 'a-token', tokenFile, lastKnown, folder, rows },
  };
}

test('all blocks and translations compile', { timeout: 120_000 }, () => {
  const blocks = BLOCKS.map(({ code, module }, index) => [module ?? `block${index}`, code]);
  const translations = TRANSLATIONS.map(({ code }, index) => [`translation${index}`, PRELUDE + code]);
  expect(findTypeErrors(Object.fromEntries([...blocks, ...translations]))).toEqual([]);
});

test('the type check reports an error', { timeout: 120_000 }, () => {
  expect(findTypeErrors({ wrong: "await client.personas.get('1');" })).toEqual([
    expect.stringContaining("Argument of type 'string' is not assignable to parameter of type 'number'"),
  ]);
});

describe('blocks run and log their documented output', () => {
  test.each(BLOCKS.filter(({ module }) => module === undefined))(
    '$location',
    { timeout: 15_000 },
    async ({ code, run }) => {
      expect(run === undefined || run in SCENARIOS).toBe(true);
      const { variables, adapt } = await setupScenario(run);
      const logged = await runModule(adapt(code), variables);
      const expected = expectedOutput(code);
      expect(logged.filter((line) => expected.includes(line))).toEqual(expected);
    },
  );
});

describe('the TypeScript translations of the integration guide run', () => {
  test.each(TRANSLATIONS)('$python', async ({ code }) => {
    const auth = code.includes('auth.login') ? 'auth' : undefined;
    const { variables } = await setupScenario(auth);
    await runModule(PRELUDE + code, variables);
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
  const { service, routes, variables } = await setupScenario();
  const recipe = BLOCKS.find(({ code }) => code.startsWith('app.get') || code.includes('\napp.get'));
  await runModule(recipe?.code ?? '', variables);
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
