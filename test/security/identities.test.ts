import { PersonaClient, type TokenPair } from 'persona-client';
import { describe } from 'vitest';
import { chanceOf } from './chance.js';
import { attack, count, Tally } from './report.js';

const USERS = ['ann', 'bob', 'cay'] as const;
const NOBODY = 'nobody';
const IDS = [1, 2, 3];
const OPERATIONS = 100;

/** A service that shows to each user another persona, and answers when it is told to. */
function privateService(chance: ReturnType<typeof chanceOf>) {
  const owners = new Map<string, string>();
  const waiting: (() => void)[] = [];
  let granted = 0;
  const grant = (user: string) => {
    const token = `${user}.${++granted}`;
    owners.set(token, user);
    return token;
  };
  const persona = (id: number, owner: string) => ({ id, name: owner, created_at: '', updated_at: '' });

  function answer(path: string, bearer: string | undefined, body: string): Response {
    if (path.endsWith('/auth/login')) {
      const { username } = JSON.parse(body);
      return Response.json({ access_token: grant(username), refresh_token: grant(username) });
    }
    const owner = bearer === undefined ? NOBODY : owners.get(bearer);
    if (owner === undefined) return Response.json({ msg: 'Token has expired' }, { status: 401 });
    if (path.endsWith('/auth/refresh')) return Response.json({ access_token: grant(owner) });
    if (path.endsWith('/auth/logout')) return Response.json({});
    const id = Number(/personas\/(\d+)$/.exec(path)?.[1]);
    if (id) return Response.json(persona(id, owner));
    const personas = IDS.map((one) => persona(one, owner));
    return Response.json({ personas, total: personas.length, page: 1, per_page: 20, pages: 1 });
  }

  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
    const bearer = new Headers(init.headers).get('authorization')?.replace('Bearer ', '');
    return answer(new URL(String(url)).pathname, bearer, String(init.body));
  };
  return {
    fetch: fetch as typeof globalThis.fetch,
    grant,
    expireOne: () => owners.delete(chance.one([...owners.keys()])),
    /** Let one of the requests be answered; false when there is none. */
    release: () => {
      const [go] = waiting.splice(chance.below(waiting.length), 1);
      go?.();
      return go !== undefined;
    },
  };
}

interface Viewer {
  readonly client: PersonaClient;
  /** Whom it may be calling as: more than one while it signs in or out. */
  users: Set<string>;
}

async function schedule(seed: number, tally: Tally, sources: Map<string, number>): Promise<void> {
  const chance = chanceOf(seed);
  const service = privateService(chance);
  using client = new PersonaClient({
    fetch: service.fetch,
    dialect: 'attributes',
    breaker: false,
    retry: { limit: 1, backoffMs: 0 },
    tokenStore: new Map<string, TokenPair>(),
    cache: {
      maxEntries: 4 + chance.below(20),
      staleWhileRevalidateMs: chance.below(2) * 1_000,
      ttlMs: chance.below(3) * 50,
    },
  });
  const password = 'x';
  const view = (user: string): PersonaClient => {
    const token = service.grant(user);
    const kinds = [
      () => client.as({ token }),
      () => client.as({ username: user, password }),
      () => client.as({ username: user, password }, { principal: user }),
      () => client.as({ accessToken: token, refreshToken: service.grant(user) }),
      () => client.as({ getToken: () => service.grant(user) }),
      () => client.as({ getToken: () => service.grant(user) }, { principal: user }),
    ];
    return chance.one(kinds)();
  };
  const viewers: Viewer[] = [{ client, users: new Set([NOBODY]) }];
  for (const user of [...USERS, ...USERS]) viewers.push({ client: view(user), users: new Set([user]) });
  const running = new Set<Promise<unknown>>();

  const start = (viewer: Viewer) => {
    const allowed = viewer.users;
    const leaving = new AbortController();
    const cache = chance.below(10) === 0 ? ('reload' as const) : { ttlMs: 1_000 };
    const options = { signal: leaving.signal, cache };
    const { personas } = viewer.client.withMeta;
    const seen = async (
      call: Promise<{ data: unknown; meta: { source: string } }>,
      names: (data: never) => string[],
    ) => {
      const { data, meta } = await call;
      sources.set(meta.source, (sources.get(meta.source) ?? 0) + 1);
      for (const name of names(data as never))
        tally.check(allowed.has(name), () => `seed ${seed}: ${[...allowed].join(' or ')} saw ${name}`);
    };
    const own = ({ name }: { name: string }) => [name];
    const id = chance.one(IDS);
    const kind = chance.below(20);
    if (kind < 14) return seen(personas.get(id, options), own);
    if (kind < 17)
      return seen(personas.list({}, options), ({ items }: { items: { name: string }[] }) =>
        items.flatMap(own),
      );
    if (kind < 18) return seen(personas.update(id, { name: 'Changed' }, { signal: leaving.signal }), own);
    if (kind < 19) {
      const call = seen(personas.get(id, options), own);
      leaving.abort();
      return call;
    }
    return change(viewer);
  };

  /** Only the first viewers change hands: of the others it is certain who they are. */
  const change = async (viewer: Viewer) => {
    if (chance.below(4) === 0) service.expireOne();
    if (viewers.indexOf(viewer) > 3) return;
    const next = chance.below(3) === 0 ? NOBODY : chance.one(USERS);
    viewer.users = new Set([...viewer.users, next]);
    const signing =
      next === NOBODY ? viewer.client.auth.logout() : viewer.client.auth.login({ username: next, password });
    await signing.catch(() => {});
  };

  for (let begun = 0; begun < OPERATIONS; ) {
    if (chance.below(3) > 0) {
      begun++;
      const call = start(chance.one(viewers)).catch(() => {});
      running.add(call);
      call.finally(() => running.delete(call));
    } else service.release();
    if (chance.below(4) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  while (running.size > 0) {
    service.release();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

describe('identities', () => {
  attack(
    'reads and writes by several identities of one client, signing in and out: whose data is seen',
    async () => {
      const tally = new Tally();
      const sources = new Map<string, number>();
      const schedules = count(10_000, 100_000);
      for (let seed = 1; seed <= schedules; seed++) await schedule(seed, tally, sources);
      console.log(
        `${schedules * OPERATIONS} operations in ${schedules} schedules:`,
        Object.fromEntries(sources),
      );
      return tally;
    },
    { timeout: 1_800_000 },
  );
});
