import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Persona, PersonaClient } from 'persona-client';
import { createPersonaService, type Dialect, type Fault } from 'persona-client/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { blocksOf, codeIn, tableOf } from './markdown.js';
import { expectedOf, runModule, typeErrors } from './run.js';

const GUIDES = readdirSync('docs/guides').map((file) => `docs/guides/${file}`);
const FILES = ['README.md', 'CONTRIBUTING.md', ...GUIDES];
const BLOCKS = FILES.flatMap((file) => blocksOf(file, readFileSync(file, 'utf8')));
const README = readFileSync('README.md', 'utf8');

const PRELUDE = "import { PersonaClient } from 'persona-client';\n";
const TWINS = tableOf(README, 'guide').map(([python = '', typescript]) => ({
  python: codeIn(python).join(', '),
  code: codeIn(typescript).join('\n'),
}));

/** What `<!-- run: … -->` before a block asks of the service. */
interface Situation {
  readonly auth?: true;
  readonly fault?: Fault;
  readonly dialect?: Dialect;
  /** The environment says who signs in. */
  readonly environment?: true;
  /** The block puts something of its own where `fetch` is. */
  readonly intercepted?: true;
}
const SITUATIONS: Readonly<Record<string, Situation>> = {
  attributes: { dialect: 'attributes' },
  auth: { auth: true },
  environment: { auth: true, environment: true },
  msw: { intercepted: true },
  outage: { fault: { status: 503 } },
  silence: { fault: { stall: true } },
};

type Handler = (request: { params: { id: string } }, response: object) => Promise<void>;

/** A service on a socket; whatever URL a block gives, its requests arrive there. */
async function situation(name = 'plain') {
  const password = 'your_password';
  const { auth, fault, dialect = 'subresource', environment, intercepted } = SITUATIONS[name] ?? {};
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
  const real = globalThis.fetch;
  const redirected = (input: string, init?: RequestInit) => {
    if (input === '/session/token') return Promise.resolve(new Response('a-token'));
    const { pathname, search } = new URL(input);
    return real(`${url}${pathname}${search}`, init);
  };
  if (!intercepted) vi.stubGlobal('fetch', redirected);
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  });
  for (const name of ['addEventListener', 'removeEventListener']) vi.stubGlobal(name, () => {});
  const client = new PersonaClient({ retry: { backoffMs: 1 } });
  onTestFinished(async () => {
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
    names: { client, app, url, password, token: 'a-token', tokenFile, lastKnown, folder, rows },
  };
}

test('blocks and twins are type-correct', { timeout: 120_000 }, () => {
  const blocks = BLOCKS.map(({ code, module }, at) => [module ?? `block${at}`, code]);
  const twins = TWINS.map(({ code }, at) => [`twin${at}`, PRELUDE + code]);
  expect(typeErrors(Object.fromEntries([...blocks, ...twins]))).toEqual([]);
});

test('the type check finds an error', { timeout: 120_000 }, () => {
  expect(typeErrors({ wrong: "await client.personas.get('1');" })).toEqual([
    expect.stringContaining("Argument of type 'string' is not assignable to parameter of type 'number'"),
  ]);
});

describe('blocks run and log what they say', () => {
  test.each(BLOCKS.filter(({ module }) => module === undefined))(
    '$at',
    { timeout: 15_000 },
    async ({ code, run }) => {
      expect(run === undefined || run in SITUATIONS).toBe(true);
      const { names } = await situation(run);
      const logged = await runModule(code, names);
      const expected = expectedOf(code);
      expect(logged.filter((line) => expected.includes(line))).toEqual(expected);
    },
  );
});

describe('the TypeScript twins of the guide run', () => {
  test.each(TWINS)('$python', async ({ code }) => {
    const auth = code.includes('auth.login') ? 'auth' : undefined;
    const { names } = await situation(auth);
    await runModule(PRELUDE + code, names);
  });
});

/** As much of express's response as the recipe needs. */
class Answer {
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

test('the express recipe answers personas, 404 and, while the circuit is open, 503', async () => {
  const { service, routes, names } = await situation();
  const recipe = BLOCKS.find(({ code }) => code.startsWith('app.get') || code.includes('\napp.get'));
  await runModule(recipe?.code ?? '', names);
  const ask = async (id: string) => {
    const answer = new Answer();
    await routes.get('/personas/:id')?.({ params: { id } }, answer);
    return answer;
  };
  expect(await ask('1')).toMatchObject({ code: 200, body: { id: 1 } });
  expect(await ask('99')).toMatchObject({ code: 404 });
  service.faults.add({ status: 503 });
  await expect(ask('2')).rejects.toMatchObject({ code: 'server_error' });
  await expect(ask('3')).rejects.toMatchObject({ code: 'server_error' });
  expect(await ask('4')).toMatchObject({ code: 503, headers: { 'Retry-After': '60' } });
});
