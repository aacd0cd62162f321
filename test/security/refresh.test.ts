import fc from 'fast-check';
import { PersonaAuthenticationError, PersonaError, type TokenPair } from 'persona-client';
import { describe } from 'vitest';
import { serve } from '../support/service.js';
import { attack, count, Tally } from './report.js';
import { ADMIN, Door, EXPIRED, failureOf, LOGIN, REFRESH, World } from './world.js';

const signedIn = async (world: World, options = {}) => {
  const client = world.connect(options);
  await client.auth.login(ADMIN);
  return client;
};

describe('many calls, one refresh', () => {
  attack(
    '1,000 calls at once meet 401, on sockets: more than one refresh, more than one replay',
    async () => {
      const tally = new Tally();
      for (const concurrency of [20, 200]) {
        let serviceIsAheadMs = 0;
        const { service, connect } = await serve({
          auth: { users: { [ADMIN.username]: ADMIN.password } },
          now: () => Date.now() + serviceIsAheadMs,
        });
        const client = connect({ auth: ADMIN, cache: false, retry: false, concurrency });
        await client.personas.list();
        serviceIsAheadMs = 2 * 3_600_000;
        const calls = Array.from({ length: 1_000 }, () => client.withMeta.personas.get(1));
        const ids = new Map<string, number>();
        for (const { status, reason, value } of (await Promise.allSettled(calls)) as never as Settled[])
          tally.check(status === 'fulfilled' && value.meta.attempts === 1, () => String(reason));
        for (const { headers, path } of service.requests)
          if (path.endsWith('/personas/1'))
            ids.set(headers['x-request-id'] ?? '', (ids.get(headers['x-request-id'] ?? '') ?? 0) + 1);
        tally.check(
          [...ids.values()].every((sent) => sent <= 2),
          'a call was replayed more than once',
        );
        const refreshes = service.requests.filter(({ path }) => path === REFRESH).length;
        tally.check(refreshes === 1, `${refreshes} refreshes`);
      }
      return tally;
    },
  );

  attack('any of those who wait for a refresh abort: one of the others fails', async () => {
    const tally = new Tally();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('stays', 'leaves before', 'leaves during', 'has left'), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.boolean(),
        async (callers, early) => {
          let aheadMs = 0;
          await using world = new World({ now: () => Date.now() + aheadMs });
          const door = new Door(/refresh$/);
          const fetch = door.after((...request) => world.service.fetch(...request));
          const client = await signedIn(world, { fetch, concurrency: 50 });
          aheadMs = 2 * 3_600_000;
          const controllers = callers.map(() => new AbortController());
          for (const [at, caller] of callers.entries()) if (caller === 'has left') controllers[at]?.abort();
          const refresh = early ? failureOf(client.auth.refresh()) : undefined;
          const calls = controllers.map(({ signal }) => failureOf(client.personas.get(1, { signal })));
          for (const [at, caller] of callers.entries())
            if (caller === 'leaves before') controllers[at]?.abort();
          const isWaited =
            early || callers.some((caller) => caller === 'stays' || caller === 'leaves during');
          if (isWaited) await door.met;
          for (const [at, caller] of callers.entries())
            if (caller === 'leaves during') controllers[at]?.abort();
          door.open();
          const outcomes = await Promise.all(calls);
          for (const [at, caller] of callers.entries()) {
            const error = outcomes[at];
            const aborted = error instanceof PersonaError && error.code === 'aborted';
            tally.check(
              caller === 'stays' ? error === undefined : aborted,
              () => `${caller}: ${String(error)}`,
            );
          }
          tally.check((await refresh) === undefined, 'the refresh itself failed');
          tally.check(world.arrived(REFRESH) <= 1, `${world.arrived(REFRESH)} refreshes`);
        },
      ),
      { numRuns: count(300, 5_000) },
    );
    return tally;
  });

  attack(
    'a late 401 for a token that was replaced meanwhile: a second refresh, or the old token again',
    async () => {
      const tally = new Tally();
      for (let late = 1; late <= 20; late++) {
        await using world = new World();
        const door = new Door(/personas\/2$/);
        const fetch = door.after((...request) => world.service.fetch(...request));
        const client = await signedIn(world, { fetch, concurrency: 50 });
        world.service.faults.add({ ...EXPIRED, match: { path: '/api/v1/personas/2' }, times: late });
        world.service.faults.add({ ...EXPIRED, match: { path: '/api/v1/personas/1' }, times: 1 });
        const waiting = Array.from({ length: late }, () => failureOf(client.personas.get(2)));
        await door.met;
        await client.personas.get(1);
        const newer = world.service.requests.at(-1)?.headers.authorization;
        door.open();
        for (const error of await Promise.all(waiting)) tally.check(error === undefined, String(error));
        tally.check(world.arrived(REFRESH) === 1, `${world.arrived(REFRESH)} refreshes`);
        const replays = world.service.requests.slice(-late);
        tally.check(
          replays.every(({ headers }) => headers.authorization === newer),
          'an old token was sent again',
        );
      }
      return tally;
    },
  );

  attack(
    'a token that is refused for ever: more than one replay of a call, whatever its retries',
    async () => {
      const tally = new Tally();
      const at = { backoffMs: 0, maxBackoffMs: 0 };
      for (const retry of [false, { limit: 0 }, { limit: 5, ...at }, { limit: 5, budget: 0, ...at }] as const)
        for (const answers of [[401], [401, 503], [503, 401], [503, 401, 503, 401], [422]]) {
          await using world = new World();
          const client = await signedIn(world, { retry, breaker: false });
          const fault = { match: { path: '/api/v1/personas/1' }, times: 1 };
          for (const status of answers)
            world.service.faults.add(
              status === 503 ? { status, ...fault } : { ...EXPIRED, ...fault, status },
            );
          world.service.faults.add({ ...EXPIRED, match: fault.match });
          const error = await failureOf(client.personas.get(1));
          const refusals = world.service.requests.filter(
            ({ status }) => status === 401 || status === 422,
          ).length;
          tally.check(refusals <= 2, `${JSON.stringify({ retry, answers })}: refused ${refusals} times`);
          const sent = world.arrived('/api/v1/personas/1');
          const { attempts } = error as PersonaError;
          tally.check(sent <= attempts + 1, `${sent} requests in ${attempts} attempts`);
          tally.check(error instanceof PersonaError, String(error));
        }
      return tally;
    },
  );

  attack('a replay is paid from the retries: it fails where there are none', async () => {
    const tally = new Tally();
    for (const retry of [false, { limit: 0 }, { limit: 3, budget: 0 }] as const) {
      await using world = new World();
      const client = await signedIn(world, { retry });
      for (let i = 0; i < 20; i++) {
        world.service.faults.add({ ...EXPIRED, match: { path: '/api/v1/personas/1' }, times: 1 });
        const { meta } = await client.withMeta.personas.get(1);
        tally.check(meta.attempts === 1, `${meta.attempts} attempts`);
      }
    }
    return tally;
  });
});

describe('signing out', () => {
  attack('in the middle of a refresh, in any order of answers: a token comes back', async () => {
    const tally = new Tally();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 6 }), async (scheduler, calls) => {
        await using world = new World();
        const held = new Map<string, TokenPair>();
        const tokenStore = {
          get: async (key: string) => held.get(key),
          set: scheduler.scheduleFunction(
            async (key: string, tokens: TokenPair) => void held.set(key, tokens),
          ),
          delete: scheduler.scheduleFunction(async (key: string) => void held.delete(key)),
        };
        const fetch = scheduler.scheduleFunction(async (input: string | URL | Request, init?: RequestInit) =>
          world.service.fetch(input, init),
        );
        const client = world.connect({ auth: undefined as never, tokenStore, fetch });
        await scheduler.waitFor(client.auth.login(ADMIN));
        world.service.faults.add({ ...EXPIRED, match: { path: /personas/ }, times: calls });
        const work = [
          ...Array.from({ length: calls }, () => failureOf(client.personas.get(1))),
          failureOf(client.auth.refresh()),
          failureOf(client.auth.logout()),
          failureOf(client.personas.get(2)),
        ];
        await scheduler.waitFor(Promise.all(work));
        await scheduler.waitIdle();
        const session = await client.auth.session();
        tally.check(held.size === 0, () => `stored: ${[...held.keys()]}`);
        tally.check(!session.signedIn && !session.refreshable, () => JSON.stringify(session));
      }),
      { numRuns: count(300, 5_000) },
    );
    return tally;
  });
});

describe('a refresh that fails', () => {
  attack('with 5xx, 429 or no answer: the session is lost', async () => {
    const tally = new Tally();
    const statuses = [429, ...Array.from({ length: 100 }, (_, at) => 500 + at)];
    const faults = [
      ...statuses.map((status) => ({ status, body: '{"msg":"no"}' })),
      { reset: true as const },
      { dropAfterBytes: 3 },
      { status: 200, body: '<h1>Hello</h1>' },
      { status: 302, headers: { location: '/' } },
    ];
    for (const fault of faults)
      for (const auth of [ADMIN, undefined]) {
        await using world = new World();
        const tokenStore = new Map<string, TokenPair>();
        const client = world.connect({ auth: auth as never, tokenStore });
        await client.auth.login(ADMIN);
        world.service.faults.add({ ...fault, match: { path: REFRESH }, times: 1 });
        world.service.faults.add({ ...EXPIRED, match: { path: /personas/ }, times: 1 });
        const error = await failureOf(client.personas.get(1));
        tally.check(error instanceof PersonaError, () => `${JSON.stringify(fault)}: ${String(error)}`);
        tally.check(tokenStore.size === 1, () => `${JSON.stringify(fault)}: nothing stored any more`);
        tally.check((await failureOf(client.personas.get(1))) === undefined, () => JSON.stringify(fault));
        tally.check(world.arrived(LOGIN) === 1, 'a sign-in with the password');
      }
    return tally;
  });

  attack('refused, with a password: more than one sign-in, or a session that goes on', async () => {
    const tally = new Tally();
    for (const loginStatus of [401, 403, 200]) {
      await using world = new World();
      const client = world.connect({ concurrency: 50 });
      await client.personas.get(1);
      world.service.faults.add({ ...EXPIRED, match: { path: /personas/ }, times: 50 });
      world.service.faults.add({ ...EXPIRED, match: { path: REFRESH } });
      if (loginStatus !== 200)
        world.service.faults.add({ status: loginStatus, body: '{"msg":"no"}', match: { path: LOGIN } });
      const errors = await Promise.all(Array.from({ length: 50 }, () => failureOf(client.personas.get(1))));
      for (const error of errors)
        tally.check((error === undefined) === (loginStatus === 200), `${loginStatus}: ${String(error)}`);
      if (loginStatus === 200) continue;
      for (let i = 0; i < 20; i++) {
        const error = await failureOf(client.personas.get(1));
        tally.check(
          error instanceof PersonaAuthenticationError && error.code === 'credentials_rejected',
          String(error),
        );
      }
      tally.check(world.arrived(LOGIN) === 2, `${world.arrived(LOGIN) - 1} sign-ins after the refusal`);
      tally.check(!(await client.auth.session()).signedIn, 'signed in all the same');
    }
    return tally;
  });
});

interface Settled {
  readonly status: string;
  readonly reason: unknown;
  readonly value: { readonly meta: { readonly attempts: number } };
}
