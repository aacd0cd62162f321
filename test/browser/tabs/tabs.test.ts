import { setTimeout as sleep } from 'node:timers/promises';
import type { PersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../support/random.js';
import { setupTabs, type Tab } from './browser.js';
import type { NotableCall } from './page.js';
import type { RefreshGate } from './refresh-gate.js';

const TABS = 20;
/** How often the tabs refresh their tokens before the test counts the refreshes. */
const ROTATIONS = 6;
/** The service accepts a used refresh token for a while, because a tab may die with the response. */
const WITH_LEEWAY = { reuseLeewaySeconds: 30 };
/** Maximum duration of a call. */
const MAX_CALL_MS = 5_000;
const POLL_OPTIONS = { timeout: MAX_CALL_MS, interval: 20 };

/** How often the service received each refresh token. */
function countRefreshes(service: PersonaService): number[] {
  const counts = new Map<string, number>();
  for (const { method, path, headers } of service.requests)
    if (method === 'POST' && path === '/api/v1/auth/refresh') {
      const token = String(headers.authorization);
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
  return [...counts.values()];
}

const countLogins = (service: PersonaService) =>
  service.requests.filter(({ method, path }) => method === 'POST' && path === '/api/v1/auth/login').length;

async function openLoggedInTabs(newTab: () => Promise<Tab>, count: number): Promise<Tab[]> {
  const first = await newTab();
  await first.page.evaluate(() => globalThis.tab.login());
  const tabs = [first];
  while (tabs.length < count) tabs.push(await newTab());
  return tabs;
}

/** Waits for a refresh by any other tab. */
async function waitForOtherRefresh(id: string, gate: RefreshGate): Promise<void> {
  while ((await gate.observe('after')).tab === id);
}

/** Records which tabs were frozen, and when. */
class FreezeLog {
  readonly #entries: { readonly tab: Tab; readonly frozenAt: number; thawedAt: number }[] = [];

  async freeze(tab: Tab): Promise<void> {
    this.#entries.push({ tab, frozenAt: Date.now(), thawedAt: Number.POSITIVE_INFINITY });
    await tab.freeze();
  }

  async thaw(tab: Tab): Promise<void> {
    await tab.thaw();
    for (const entry of this.#entries)
      if (entry.tab === tab) entry.thawedAt = Math.min(entry.thawedAt, Date.now());
  }

  /** Whether the tab was awake during the whole call. */
  wasAwake(tab: Tab | undefined, { startedAt, endedAt }: NotableCall): boolean {
    return this.#entries.every(
      (entry) => entry.tab !== tab || endedAt < entry.frozenAt || startedAt > entry.thawedAt,
    );
  }
}

/** Expects that all tabs are logged in, that no call of an awake tab failed or hung, and that only disturbed refreshes were repeated. */
async function expectHealthy(
  service: PersonaService,
  tabs: readonly Tab[],
  freezes: FreezeLog,
  disturbances: { readonly frozen: number; readonly closed: number; readonly crashed: number },
): Promise<number[]> {
  const reports = await stopReading(tabs);
  const notableCalls = reports.flatMap(({ notable }, index) =>
    notable.filter((call) => freezes.wasAwake(tabs[index], call)),
  );
  const refreshes = countRefreshes(service);
  const repeated = refreshes.reduce((sum, count) => sum + count - 1, 0);
  const longestMs = Math.max(0, ...notableCalls.map(({ startedAt, endedAt }) => endedAt - startedAt));
  console.log(
    `${tabs.length} tabs, ${JSON.stringify(disturbances)}: ${reports.reduce((sum, { calls }) => sum + calls, 0)} calls, ${refreshes.length} rotations, ${repeated} repeated; longest call ${Math.round(longestMs)} ms`,
  );
  expect(notableCalls.filter(({ error }) => error).slice(0, 10)).toEqual([]);
  expect(reports.map(({ isLoggedIn }) => isLoggedIn)).toEqual(tabs.map(() => true));
  for (const { page } of tabs)
    expect(await page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
  expect(countLogins(service)).toBe(1);
  expect(repeated).toBeLessThanOrEqual(disturbances.frozen + disturbances.closed + disturbances.crashed);
  expect(longestMs).toBeLessThan(MAX_CALL_MS);
  return refreshes;
}

const startReading = (tabs: readonly Tab[]) =>
  Promise.all(tabs.map(({ page }) => page.evaluate(() => globalThis.tab.run())));
const stopReading = (tabs: readonly Tab[]) =>
  Promise.all(tabs.map(({ page }) => page.evaluate(() => globalThis.tab.stop())));

describe('20 tabs that share one refresh token', () => {
  it('use each refresh token exactly once', async () => {
    const { service, gate, newTab } = await setupTabs({ accessTtlSeconds: 2 });
    const tabs = await openLoggedInTabs(newTab, TABS);
    await startReading(tabs);
    for (let rotations = 0; rotations < ROTATIONS; rotations++) await gate.observe('after');
    const reports = await stopReading(tabs);
    expect(reports.flatMap(({ notable }) => notable).filter(({ error }) => error)).toEqual([]);
    expect(reports.map(({ isLoggedIn }) => isLoggedIn)).toEqual(tabs.map(() => true));
    const refreshes = countRefreshes(service);
    console.log(
      `${TABS} tabs: ${reports.reduce((sum, { calls }) => sum + calls, 0)} calls, ${refreshes.length} rotations`,
    );
    expect(refreshes.length).toBeGreaterThanOrEqual(ROTATIONS);
    expect(refreshes.filter((count) => count > 1)).toEqual([]);
    expect(countLogins(service)).toBe(1);
  });

  it('lose no lock when they acquire it in quick succession', async () => {
    const { newTab } = await setupTabs();
    const tabs = await Promise.all(Array.from({ length: TABS }, newTab));
    const lossCounts = await Promise.all(
      tabs.map(({ page }) => page.evaluate(() => globalThis.tab.acquireLockRepeatedly(60))),
    );
    expect(lossCounts.reduce((sum, count) => sum + count, 0)).toBe(0);
  });

  it('stay logged in while random tabs are frozen, closed and crash', async () => {
    const { service, newTab } = await setupTabs(WITH_LEEWAY);
    const tabs = await openLoggedInTabs(newTab, TABS);
    await startReading(tabs);
    const { nextInteger } = createRandom(20_260_730);
    const frozen = new Map<Tab, number>();
    const freezes = new FreezeLog();
    const disturbances = { frozen: 0, closed: 0, crashed: 0 };
    for (let step = 0; step < 60; step++) {
      await sleep(nextInteger(700)); // real time, so that disturbances come at any point of reads and refreshes
      for (const [frozenTab, thawStep] of frozen)
        if (step >= thawStep) {
          frozen.delete(frozenTab);
          await freezes.thaw(frozenTab);
        }
      const index = nextInteger(tabs.length);
      const victim = tabs[index];
      if (!victim || frozen.has(victim)) continue;
      const action = nextInteger(4);
      if (action < 2) {
        disturbances.frozen++;
        frozen.set(victim, step + 1 + nextInteger(25));
        await freezes.freeze(victim);
        continue;
      }
      disturbances[action === 2 ? 'closed' : 'crashed']++;
      await (action === 2 ? victim.close() : victim.crash());
      tabs[index] = await newTab();
      await startReading(tabs.slice(index, index + 1));
    }
    for (const frozenTab of frozen.keys()) await freezes.thaw(frozenTab);
    const refreshes = await expectHealthy(service, tabs, freezes, disturbances);
    expect(refreshes.length).toBeGreaterThan(5);
  });

  it('stay logged in if the refreshing tab is frozen, closed or crashes, before or after the service uses its token', async () => {
    const { service, gate, newTab } = await setupTabs(WITH_LEEWAY);
    const tabs = await openLoggedInTabs(newTab, TABS);
    await startReading(tabs);
    const freezes = new FreezeLog();
    const disturbances = { frozen: 0, closed: 0, crashed: 0 };
    for (let round = 0; round < 2; round++)
      for (const point of ['before', 'after'] as const)
        for (const kind of ['frozen', 'closed', 'crashed'] as const) {
          const { tab: id, disconnected, release } = await gate.hold(point);
          const index = tabs.findIndex((tab) => tab.id === id);
          const victim = tabs[index];
          if (!victim) throw new Error(`There is no tab ${id}.`);
          disturbances[kind]++;
          const otherRefresh = waitForOtherRefresh(id, gate);
          await (kind === 'frozen'
            ? freezes.freeze(victim)
            : kind === 'closed'
              ? victim.close()
              : victim.crash());
          if (kind !== 'frozen') await disconnected;
          release();
          if (kind !== 'frozen') {
            tabs[index] = await newTab();
            await startReading(tabs.slice(index, index + 1));
          }
          await otherRefresh;
          if (kind === 'frozen') await freezes.thaw(victim);
        }
    const refreshes = await expectHealthy(service, tabs, freezes, disturbances);
    expect(refreshes.length).toBeGreaterThanOrEqual(12);
    expect(refreshes.filter((count) => count > 1).length).toBeGreaterThanOrEqual(6); // most refreshes repeated a used token
  });

  it('stay logged in with single-use tokens if the refreshing tab dies before the service uses its token', async () => {
    const { service, gate, newTab } = await setupTabs();
    const tabs = await openLoggedInTabs(newTab, 5);
    await startReading(tabs);
    const disturbances = { frozen: 0, closed: 0, crashed: 0 };
    for (const kind of ['closed', 'crashed'] as const) {
      const { tab: id, disconnected, release } = await gate.hold('before');
      const index = tabs.findIndex((tab) => tab.id === id);
      const otherRefresh = waitForOtherRefresh(id, gate);
      const victim = tabs[index];
      await (kind === 'closed' ? victim?.close() : victim?.crash());
      await disconnected;
      release();
      tabs.splice(index, 1);
      await otherRefresh;
    }
    await expectHealthy(service, tabs, new FreezeLog(), disturbances);
  });

  it('are logged out with single-use tokens if the refreshing tab dies after the service uses its token', async () => {
    const { service, gate, newTab } = await setupTabs();
    const tabs = await openLoggedInTabs(newTab, 5);
    await startReading(tabs);
    const { tab: id, disconnected, release } = await gate.hold('after');
    const index = tabs.findIndex((tab) => tab.id === id);
    const otherRefresh = waitForOtherRefresh(id, gate);
    await tabs[index]?.close();
    await disconnected;
    release();
    tabs.splice(index, 1);
    await otherRefresh;
    for (const { page } of tabs)
      await expect.poll(() => page.evaluate(() => globalThis.tab.isLoggedIn()), POLL_OPTIONS).toBe(false);
    const reports = await stopReading(tabs);
    const notable = reports.flatMap((report) => report.notable);
    expect(Math.max(...notable.map(({ startedAt, endedAt }) => endedAt - startedAt))).toBeLessThan(
      MAX_CALL_MS,
    );
    const errors = notable.flatMap(({ error }) => error ?? []);
    expect(errors.some((error) => error.startsWith('credentials_rejected'))).toBe(true);
    expect(errors.filter((error) => !/^(?:credentials_rejected|unauthenticated)/.test(error))).toEqual([]);
    expect(countRefreshes(service).filter((count) => count > 1)).toEqual([2]);
    expect(countLogins(service)).toBe(1);
  });
});

describe('the lock between tabs', () => {
  /** Tokens expire only when a test calls `expireAccessTokens`. */
  const LONG_LIVED_TOKENS = { accessTtlSeconds: 3_600 };
  const expireAccessTokens = (service: PersonaService) =>
    service.faults.add({ expireTokens: 'access', times: 1, match: { path: '/api/v1/personas/1' } });
  /** Waits until this many lock requests of all tabs are pending. */
  const expectPendingLocks = ({ page }: Tab, count: number) =>
    expect
      .poll(() => page.evaluate(async () => (await navigator.locks.query()).pending?.length), POLL_OPTIONS)
      .toBe(count);

  it('is taken from a frozen tab, whose late write has no effect', async () => {
    const { service, newTab } = await setupTabs(LONG_LIVED_TOKENS);
    const [holder, other] = await openLoggedInTabs(newTab, 2);
    if (!holder || !other) throw new Error('Two tabs should be open.');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.acquireLock());
    await holder.freeze();
    expireAccessTokens(service);
    const startedAt = performance.now();
    expect(await other.page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
    expect(performance.now() - startedAt).toBeLessThan(MAX_CALL_MS);
    await holder.thaw();
    expect(await holder.page.evaluate(() => globalThis.tab.releaseLock())).toBe(false);
    for (const { page } of [holder, other])
      expect(await page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
    expect(countRefreshes(service).every((count) => count === 1)).toBe(true);
    expect(countLogins(service)).toBe(1);
  });

  it('is not granted to a tab that was frozen while it waited', async () => {
    const { service, gate, newTab } = await setupTabs(LONG_LIVED_TOKENS);
    const [holder, waiting, other] = await openLoggedInTabs(newTab, 3);
    if (!holder || !waiting || !other) throw new Error('Three tabs should be open.');
    await other.page.evaluate(() => globalThis.tab.read());
    expireAccessTokens(service);
    const refresh = gate.hold('before');
    const reads = [holder.page.evaluate(() => globalThis.tab.read())];
    const { release } = await refresh;
    for (const { page } of [waiting, other]) {
      reads.push(page.evaluate(() => globalThis.tab.read()));
      await expectPendingLocks(holder, reads.length - 1);
    }
    await waiting.freeze();
    await expectPendingLocks(holder, 1);
    release();
    await reads[0];
    expect(await reads[2]).toEqual(expect.any(String));
    await waiting.thaw();
    expect(await reads[1]).toEqual(expect.any(String));
    expect(countRefreshes(service).every((count) => count === 1)).toBe(true);
    expect(countLogins(service)).toBe(1);
  });

  it('runs the work once for a tab that is frozen and resumed right after its request', async () => {
    const { newTab } = await setupTabs();
    const [holder, other] = await openLoggedInTabs(newTab, 2);
    if (!holder || !other) throw new Error('Two tabs should be open.');
    await holder.page.evaluate(() => globalThis.tab.acquireLock());
    const result = other.page.evaluate(() => globalThis.tab.freezeWhileWaiting());
    await holder.page.evaluate(() => globalThis.tab.releaseLock());
    expect(await result).toEqual({ runs: 1, wasReplaced: false });
  });

  it('is free immediately after the tab that holds it crashes', async () => {
    const { service, newTab } = await setupTabs(LONG_LIVED_TOKENS);
    const [holder, other] = await openLoggedInTabs(newTab, 2);
    if (!holder || !other) throw new Error('Two tabs should be open.');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.acquireLock());
    expireAccessTokens(service);
    const read = other.page.evaluate(() => globalThis.tab.read());
    await expectPendingLocks(other, 1);
    await holder.crash();
    expect(await read).toEqual(expect.any(String));
  });

  it('stays with a tab that responds, however long others wait', async () => {
    const { service, newTab } = await setupTabs(LONG_LIVED_TOKENS);
    const [holder, other] = await openLoggedInTabs(newTab, 2);
    if (!holder || !other) throw new Error('Two tabs should be open.');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.acquireLock());
    expireAccessTokens(service);
    const read = other.page
      .evaluate(() => globalThis.tab.read())
      .catch(() => 'rejected: the token was replaced by an invalid one');
    await expectPendingLocks(other, 1);
    await sleep(5_000); // real time: a frozen tab would have lost the lock by now
    expect(await holder.page.evaluate(() => globalThis.tab.releaseLock())).toBe(true);
    await read;
  });
});

it('a login and a logout in one tab reach the other tabs', async () => {
  const { newTab } = await setupTabs();
  const [first, second] = [await newTab(), await newTab()];
  const expectLoggedIn = (isLoggedIn: boolean) =>
    expect.poll(() => second.page.evaluate(() => globalThis.tab.isLoggedIn()), POLL_OPTIONS).toBe(isLoggedIn);
  await expectLoggedIn(false);
  await first.page.evaluate(() => globalThis.tab.login());
  await expectLoggedIn(true);
  expect(await second.page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
  await first.page.evaluate(() => globalThis.tab.logout());
  await expectLoggedIn(false);
});
