import fc from 'fast-check';
import { PersonaAuthenticationError, PersonaError, type TokenPair } from 'persona-client';
import { describe } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, LOGIN_PATH, REFRESH_PATH, USERS } from '../support/auth.js';
import { catchError } from '../support/failures.js';
import { ResponseGate } from '../support/response-gate.js';
import { startService } from '../support/service.js';
import { AttackTally, attack, runCount } from './attack.js';
import { ServiceFixture } from './service-fixture.js';

const connectAndLogIn = async (fixture: ServiceFixture, options = {}) => {
  const client = fixture.connect(options);
  await client.auth.login(ADMIN);
  return client;
};

describe('a shared refresh', () => {
  attack(
    'refreshes once and resends each call at most once for 1,000 concurrent calls that fail with 401',
    async () => {
      const tally = new AttackTally();
      for (const concurrency of [20, 200]) {
        let serviceAheadMs = 0;
        const { service, connect } = await startService({
          auth: { users: USERS },
          now: () => Date.now() + serviceAheadMs,
        });
        const client = connect({ auth: ADMIN, cache: false, retry: false, concurrency });
        await client.personas.list();
        serviceAheadMs = 2 * 3_600_000;
        const calls = Array.from({ length: 1_000 }, () => client.withMeta.personas.get(1));
        const ids = new Map<string, number>();
        for (const { status, reason, value } of (await Promise.allSettled(calls)) as never as SettledCall[])
          tally.check(status === 'fulfilled' && value.meta.attempts === 1, () => String(reason));
        for (const { headers, path } of service.requests)
          if (path.endsWith('/personas/1'))
            ids.set(headers['x-request-id'] ?? '', (ids.get(headers['x-request-id'] ?? '') ?? 0) + 1);
        tally.check(
          [...ids.values()].every((sent) => sent <= 2),
          'a call was resent more than once',
        );
        const refreshes = service.requests.filter(({ path }) => path === REFRESH_PATH).length;
        tally.check(refreshes === 1, `${refreshes} refreshes`);
      }
      return tally;
    },
  );

  attack('survives aborts of any of the waiting calls', async () => {
    const tally = new AttackTally();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('waits', 'aborts before', 'aborts during', 'already aborted'), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.boolean(),
        async (callers, hasExplicitRefresh) => {
          let aheadMs = 0;
          await using fixture = new ServiceFixture({ now: () => Date.now() + aheadMs });
          const gate = new ResponseGate(/refresh$/);
          const fetch = gate.wrap((...request) => fixture.service.fetch(...request));
          const client = await connectAndLogIn(fixture, { fetch, concurrency: 50 });
          aheadMs = 2 * 3_600_000;
          const controllers = callers.map(() => new AbortController());
          for (const [index, caller] of callers.entries())
            if (caller === 'already aborted') controllers[index]?.abort();
          const refresh = hasExplicitRefresh ? catchError(client.auth.refresh()) : undefined;
          const calls = controllers.map(({ signal }) => catchError(client.personas.get(1, { signal })));
          for (const [index, caller] of callers.entries())
            if (caller === 'aborts before') controllers[index]?.abort();
          const hasWaiter =
            hasExplicitRefresh || callers.some((caller) => caller === 'waits' || caller === 'aborts during');
          if (hasWaiter) await gate.reached;
          for (const [index, caller] of callers.entries())
            if (caller === 'aborts during') controllers[index]?.abort();
          gate.open();
          const outcomes = await Promise.all(calls);
          for (const [index, caller] of callers.entries()) {
            const error = outcomes[index];
            const aborted = error instanceof PersonaError && error.code === 'aborted';
            tally.check(
              caller === 'waits' ? error === undefined : aborted,
              () => `${caller}: ${String(error)}`,
            );
          }
          tally.check((await refresh) === undefined, 'the refresh failed');
          tally.check(
            fixture.countRequests(REFRESH_PATH) <= 1,
            `${fixture.countRequests(REFRESH_PATH)} refreshes`,
          );
        },
      ),
      { numRuns: runCount(300, 5_000) },
    );
    return tally;
  });

  attack('is not repeated by a late 401 for a token that has been replaced', async () => {
    const tally = new AttackTally();
    for (let count = 1; count <= 20; count++) {
      await using fixture = new ServiceFixture();
      const gate = new ResponseGate(/personas\/2$/);
      const fetch = gate.wrap((...request) => fixture.service.fetch(...request));
      const client = await connectAndLogIn(fixture, { fetch, concurrency: 50 });
      fixture.service.faults.add({
        ...EXPIRED_TOKEN_RESPONSE,
        match: { path: '/api/v1/personas/2' },
        times: count,
      });
      fixture.service.faults.add({
        ...EXPIRED_TOKEN_RESPONSE,
        match: { path: '/api/v1/personas/1' },
        times: 1,
      });
      const waiting = Array.from({ length: count }, () => catchError(client.personas.get(2)));
      await gate.reached;
      await client.personas.get(1);
      const newer = fixture.service.requests.at(-1)?.headers.authorization;
      gate.open();
      for (const error of await Promise.all(waiting)) tally.check(error === undefined, String(error));
      tally.check(
        fixture.countRequests(REFRESH_PATH) === 1,
        `${fixture.countRequests(REFRESH_PATH)} refreshes`,
      );
      const resent = fixture.service.requests.slice(-count);
      tally.check(
        resent.every(({ headers }) => headers.authorization === newer),
        'an old token was sent again',
      );
    }
    return tally;
  });

  attack('resends a call at most once if the service rejects every token', async () => {
    const tally = new AttackTally();
    const noBackoff = { backoffMs: 0, maxBackoffMs: 0 };
    for (const retry of [
      false,
      { limit: 0 },
      { limit: 5, ...noBackoff },
      { limit: 5, budget: 0, ...noBackoff },
    ] as const)
      for (const statuses of [[401], [401, 503], [503, 401], [503, 401, 503, 401], [422]]) {
        await using fixture = new ServiceFixture();
        const client = await connectAndLogIn(fixture, { retry, breaker: false });
        const fault = { match: { path: '/api/v1/personas/1' }, times: 1 };
        for (const status of statuses)
          fixture.service.faults.add(
            status === 503 ? { status, ...fault } : { ...EXPIRED_TOKEN_RESPONSE, ...fault, status },
          );
        fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: fault.match });
        const error = await catchError(client.personas.get(1));
        const rejections = fixture.service.requests.filter(
          ({ status }) => status === 401 || status === 422,
        ).length;
        tally.check(rejections <= 2, `${JSON.stringify({ retry, statuses })}: rejected ${rejections} times`);
        const sent = fixture.countRequests('/api/v1/personas/1');
        const { attempts } = error as PersonaError;
        tally.check(sent <= attempts + 1, `${sent} requests in ${attempts} attempts`);
        tally.check(error instanceof PersonaError, String(error));
      }
    return tally;
  });

  attack('resends a call even without retries', async () => {
    const tally = new AttackTally();
    for (const retry of [false, { limit: 0 }, { limit: 3, budget: 0 }] as const) {
      await using fixture = new ServiceFixture();
      const client = await connectAndLogIn(fixture, { retry });
      for (let i = 0; i < 20; i++) {
        fixture.service.faults.add({
          ...EXPIRED_TOKEN_RESPONSE,
          match: { path: '/api/v1/personas/1' },
          times: 1,
        });
        const { meta } = await client.withMeta.personas.get(1);
        tally.check(meta.attempts === 1, `${meta.attempts} attempts`);
      }
    }
    return tally;
  });
});

describe('a logout', () => {
  attack('during a refresh removes all tokens, in any order of responses', async () => {
    const tally = new AttackTally();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 6 }), async (scheduler, calls) => {
        await using fixture = new ServiceFixture();
        const stored = new Map<string, TokenPair>();
        const tokenStore = {
          get: async (key: string) => stored.get(key),
          set: scheduler.scheduleFunction(
            async (key: string, tokens: TokenPair) => void stored.set(key, tokens),
          ),
          delete: scheduler.scheduleFunction(async (key: string) => void stored.delete(key)),
        };
        const fetch = scheduler.scheduleFunction(async (input: string | URL | Request, init?: RequestInit) =>
          fixture.service.fetch(input, init),
        );
        const client = fixture.connect({ auth: undefined as never, tokenStore, fetch });
        await scheduler.waitFor(client.auth.login(ADMIN));
        fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: /personas/ }, times: calls });
        const work = [
          ...Array.from({ length: calls }, () => catchError(client.personas.get(1))),
          catchError(client.auth.refresh()),
          catchError(client.auth.logout()),
          catchError(client.personas.get(2)),
        ];
        await scheduler.waitFor(Promise.all(work));
        await scheduler.waitIdle();
        const session = await client.auth.session();
        tally.check(stored.size === 0, () => `stored: ${[...stored.keys()]}`);
        tally.check(!session.isLoggedIn && !session.canRefresh, () => JSON.stringify(session));
      }),
      { numRuns: runCount(300, 5_000) },
    );
    return tally;
  });
});

describe('a failed refresh', () => {
  attack('with 5xx, 429, or no response keeps the session', async () => {
    const tally = new AttackTally();
    const statuses = [429, ...Array.from({ length: 100 }, (_, index) => 500 + index)];
    const faults = [
      ...statuses.map((status) => ({ status, body: '{"msg":"no"}' })),
      { reset: true as const },
      { dropAfterBytes: 3 },
      { status: 200, body: '<h1>Hello</h1>' },
      { status: 302, headers: { location: '/' } },
    ];
    for (const fault of faults)
      for (const auth of [ADMIN, undefined]) {
        await using fixture = new ServiceFixture();
        const tokenStore = new Map<string, TokenPair>();
        const client = fixture.connect({ auth: auth as never, tokenStore });
        await client.auth.login(ADMIN);
        fixture.service.faults.add({ ...fault, match: { path: REFRESH_PATH }, times: 1 });
        fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: /personas/ }, times: 1 });
        const error = await catchError(client.personas.get(1));
        tally.check(error instanceof PersonaError, () => `${JSON.stringify(fault)}: ${String(error)}`);
        tally.check(tokenStore.size === 1, () => `${JSON.stringify(fault)}: no tokens are stored`);
        tally.check((await catchError(client.personas.get(1))) === undefined, () => JSON.stringify(fault));
        tally.check(fixture.countRequests(LOGIN_PATH) === 1, 'logged in with the password');
      }
    return tally;
  });

  attack(
    'that is rejected logs in once with the password, and ends the session if the login fails',
    async () => {
      const tally = new AttackTally();
      for (const loginStatus of [401, 403, 200]) {
        await using fixture = new ServiceFixture();
        const client = fixture.connect({ concurrency: 50 });
        await client.personas.get(1);
        fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: /personas/ }, times: 50 });
        fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { path: REFRESH_PATH } });
        if (loginStatus !== 200)
          fixture.service.faults.add({
            status: loginStatus,
            body: '{"msg":"no"}',
            match: { path: LOGIN_PATH },
          });
        const errors = await Promise.all(
          Array.from({ length: 50 }, () => catchError(client.personas.get(1))),
        );
        for (const error of errors)
          tally.check((error === undefined) === (loginStatus === 200), `${loginStatus}: ${String(error)}`);
        if (loginStatus === 200) continue;
        for (let i = 0; i < 20; i++) {
          const error = await catchError(client.personas.get(1));
          tally.check(
            error instanceof PersonaAuthenticationError && error.code === 'credentials_rejected',
            String(error),
          );
        }
        tally.check(
          fixture.countRequests(LOGIN_PATH) === 2,
          `${fixture.countRequests(LOGIN_PATH) - 1} logins after the rejection`,
        );
        tally.check(!(await client.auth.session()).isLoggedIn, 'still logged in');
      }
      return tally;
    },
  );
});

interface SettledCall {
  readonly status: string;
  readonly reason: unknown;
  readonly value: { readonly meta: { readonly attempts: number } };
}
