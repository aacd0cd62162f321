import { PersonaClient, type TokenPair } from 'persona-client';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import { createRandom, type Random } from '../support/random.js';
import { AttackTally, attack, runCount } from './attack.js';

const USER_NAMES = ['ann', 'bob', 'cay'] as const;
const ANONYMOUS = 'anonymous';
const IDS = [1, 2, 3];
const OPERATION_COUNT = 100;
const TIME = '2026-01-01T00:00:00';

/** Creates a service that shows each user different personas, and responds when `release` is called. */
function createPrivateService(random: Random) {
  const owners = new Map<string, string>();
  const pending: (() => void)[] = [];
  let issuedCount = 0;
  const issueToken = (user: string) => {
    const token = `${user}.${++issuedCount}`;
    owners.set(token, user);
    return token;
  };
  const persona = (id: number, owner: string) => ({ id, name: owner, created_at: TIME, updated_at: TIME });

  function respond(path: string, bearer: string | undefined, body: string): Response {
    if (path.endsWith('/auth/login')) {
      const { username } = JSON.parse(body);
      return Response.json({ access_token: issueToken(username), refresh_token: issueToken(username) });
    }
    const owner = bearer === undefined ? ANONYMOUS : owners.get(bearer);
    if (owner === undefined) return Response.json({ msg: 'Token has expired' }, { status: 401 });
    if (path.endsWith('/auth/refresh')) return Response.json({ access_token: issueToken(owner) });
    if (path.endsWith('/auth/logout')) return Response.json({});
    const id = Number(/personas\/(\d+)$/.exec(path)?.[1]);
    if (id) return Response.json(persona(id, owner));
    const personas = IDS.map((id) => persona(id, owner));
    return Response.json({ personas, total: personas.length, page: 1, per_page: 20, pages: 1 });
  }

  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    await new Promise<void>((resolve, reject) => {
      pending.push(resolve);
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
    const bearer = new Headers(init.headers).get('authorization')?.replace('Bearer ', '');
    return respond(new URL(String(url)).pathname, bearer, String(init.body));
  };
  return {
    fetch: fetch as typeof globalThis.fetch,
    issueToken,
    expireToken: () => owners.delete(random.pick([...owners.keys()])),
    /** Responds to one pending request. Returns false if there is none. */
    release: () => {
      const [respondNow] = pending.splice(random.nextInteger(pending.length), 1);
      respondNow?.();
      return respondNow !== undefined;
    },
  };
}

interface Viewer {
  readonly client: PersonaClient;
  /** The users that the client may be logged in as. More than one during a login or logout. */
  users: Set<string>;
}

async function runSchedule(seed: number, tally: AttackTally, sources: Map<string, number>): Promise<void> {
  const random = createRandom(seed);
  const service = createPrivateService(random);
  using client = new PersonaClient({
    fetch: service.fetch,
    dialect: 'attributes',
    breaker: false,
    retry: { limit: 1, backoffMs: 0 },
    tokenStore: new Map<string, TokenPair>(),
    cache: {
      maxEntries: 4 + random.nextInteger(20),
      staleWhileRevalidateMs: random.nextInteger(2) * 1_000,
      ttlMs: random.nextInteger(3) * 50,
    },
  });
  const password = 'x';
  const createView = (user: string): PersonaClient => {
    const token = service.issueToken(user);
    const kinds = [
      () => client.as({ token }),
      () => client.as({ username: user, password }),
      () => client.as({ username: user, password }, { principal: user }),
      () => client.as({ accessToken: token, refreshToken: service.issueToken(user) }),
      () => client.as({ getToken: () => service.issueToken(user) }),
      () => client.as({ getToken: () => service.issueToken(user) }, { principal: user }),
    ];
    return random.pick(kinds)();
  };
  const viewers: Viewer[] = [{ client, users: new Set([ANONYMOUS]) }];
  for (const user of [...USER_NAMES, ...USER_NAMES])
    viewers.push({ client: createView(user), users: new Set([user]) });
  const running = new Set<Promise<unknown>>();

  const startCall = (viewer: Viewer) => {
    const allowed = viewer.users;
    const controller = new AbortController();
    const cache = random.nextInteger(10) === 0 ? ('reload' as const) : { ttlMs: 1_000 };
    const options = { signal: controller.signal, cache };
    const { personas } = viewer.client.withMeta;
    const checkResult = async (
      call: Promise<{ data: unknown; meta: { source: string } }>,
      names: (data: never) => string[],
    ) => {
      const { data, meta } = await call;
      sources.set(meta.source, (sources.get(meta.source) ?? 0) + 1);
      for (const name of names(data as never))
        tally.check(allowed.has(name), () => `seed ${seed}: ${[...allowed].join(' or ')} saw ${name}`);
    };
    const getNames = ({ name }: { name: string }) => [name];
    const id = random.pick(IDS);
    const kind = random.nextInteger(20);
    if (kind < 14) return checkResult(personas.get(id, options), getNames);
    if (kind < 17)
      return checkResult(personas.list({}, options), ({ items }: { items: { name: string }[] }) =>
        items.flatMap(getNames),
      );
    if (kind < 18)
      return checkResult(personas.update(id, { name: 'Changed' }, { signal: controller.signal }), getNames);
    if (kind < 19) {
      const call = checkResult(personas.get(id, options), getNames);
      controller.abort();
      return call;
    }
    return changeUser(viewer);
  };

  /** Only the first viewers change their user. The users of the others are certain. */
  const changeUser = async (viewer: Viewer) => {
    if (random.nextInteger(4) === 0) service.expireToken();
    if (viewers.indexOf(viewer) > 3) return;
    const next = random.nextInteger(3) === 0 ? ANONYMOUS : random.pick(USER_NAMES);
    viewer.users = new Set([...viewer.users, next]);
    const change =
      next === ANONYMOUS
        ? viewer.client.auth.logout()
        : viewer.client.auth.login({ username: next, password });
    await change.catch(() => {});
  };

  for (let started = 0; started < OPERATION_COUNT; ) {
    if (random.nextInteger(3) > 0) {
      started++;
      const call = startCall(random.pick(viewers)).catch(() => {});
      running.add(call);
      call.finally(() => running.delete(call));
    } else service.release();
    if (random.nextInteger(4) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  while (running.size > 0) {
    if (!service.release()) vi.advanceTimersByTime(1_000); // calls wait between two calls of getToken
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

// The loops yield with setImmediate, so it stays real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('identities', () => {
  attack(
    'never shows one identity the data of another while they log in and out',
    async () => {
      const tally = new AttackTally();
      const sources = new Map<string, number>();
      const scheduleCount = runCount(10_000, 100_000);
      for (let seed = 1; seed <= scheduleCount; seed++) await runSchedule(seed, tally, sources);
      console.log(
        `${scheduleCount * OPERATION_COUNT} operations in ${scheduleCount} schedules:`,
        Object.fromEntries(sources),
      );
      return tally;
    },
    { timeout: 1_800_000 },
  );
});
