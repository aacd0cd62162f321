import { setTimeout as sleep } from 'node:timers/promises';
import type { PersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { open, type Tab } from './browser.js';

const TABS = 20;
/** No call may hang for longer. */
const HANG_MS = 5_000;

/** The same choices in every run; what they meet is up to the machine. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** How often each refresh token came, as the service has it. */
function refreshesIn(service: PersonaService): number[] {
  const times = new Map<string, number>();
  for (const { method, path, headers } of service.requests)
    if (method === 'POST' && path === '/api/v1/auth/refresh') {
      const token = String(headers.authorization);
      times.set(token, (times.get(token) ?? 0) + 1);
    }
  return [...times.values()];
}

const loginsAt = (service: PersonaService) =>
  service.requests.filter(({ method, path }) => method === 'POST' && path === '/api/v1/auth/login').length;

async function signedInTabs(tab: () => Promise<Tab>, count: number): Promise<Tab[]> {
  const first = await tab();
  await first.page.evaluate(() => globalThis.tab.login());
  const tabs = [first];
  while (tabs.length < count) tabs.push(await tab());
  return tabs;
}

const run = (tabs: readonly Tab[]) =>
  Promise.all(tabs.map(({ page }) => page.evaluate(() => globalThis.tab.run())));
const stop = (tabs: readonly Tab[]) =>
  Promise.all(tabs.map(({ page }) => page.evaluate(() => globalThis.tab.stop())));

describe('20 tabs with one refresh token', () => {
  it('spend each once, though a second time would sign all of them out', async () => {
    const { service, tab } = await open();
    const tabs = await signedInTabs(tab, TABS);
    await run(tabs);
    await sleep(20_000);
    const reports = await stop(tabs);
    expect(reports.flatMap(({ notable }) => notable).filter(({ error }) => error)).toEqual([]);
    expect(reports.map(({ signedIn }) => signedIn)).toEqual(tabs.map(() => true));
    const refreshes = refreshesIn(service);
    console.log(
      `${TABS} tabs: ${reports.reduce((sum, { calls }) => sum + calls, 0)} calls, ${refreshes.length} rotations`,
    );
    expect(refreshes.length).toBeGreaterThan(3);
    expect(refreshes.filter((times) => times > 1)).toEqual([]);
    expect(loginsAt(service)).toBe(1);
  });

  it('stay signed in while tabs are frozen, closed and crash at random', async () => {
    const { service, tab } = await open({ reuseLeewaySeconds: 30 }, 40); // a tab that dies takes the answer with it
    const tabs = await signedInTabs(tab, TABS);
    await run(tabs);
    const choose = random(20_260_730);
    const wake = async (one: Tab) => {
      await one.thaw();
      for (const nap of asleep) if (nap.tab === one) nap.until = Math.min(nap.until, Date.now());
    };
    const frozen = new Map<Tab, number>();
    const asleep: { readonly tab: Tab; readonly from: number; until: number }[] = [];
    const done = { frozen: 0, closed: 0, crashed: 0 };
    for (let step = 0; step < 90; step++) {
      await sleep(choose(700));
      for (const [one, until] of frozen)
        if (step >= until) {
          frozen.delete(one);
          await wake(one);
        }
      const index = choose(tabs.length);
      const victim = tabs[index];
      if (!victim || frozen.has(victim)) continue;
      const what = choose(4);
      if (what < 2) {
        done.frozen++;
        frozen.set(victim, step + 1 + choose(25));
        asleep.push({ tab: victim, from: Date.now(), until: Number.POSITIVE_INFINITY });
        await victim.freeze();
        continue;
      }
      done[what === 2 ? 'closed' : 'crashed']++;
      await (what === 2 ? victim.close() : victim.crash());
      const other = await tab();
      tabs[index] = other;
      await run([other]);
    }
    for (const one of frozen.keys()) await wake(one);
    const reports = await stop(tabs);
    const awake = reports.flatMap(({ notable }, index) =>
      notable.filter(({ begin, end }) =>
        asleep.every(({ tab, from, until }) => tab !== tabs[index] || end < from || begin > until),
      ),
    );
    const refreshes = refreshesIn(service);
    const again = refreshes.reduce((sum, times) => sum + times - 1, 0);
    const longestMs = Math.max(0, ...awake.map(({ begin, end }) => end - begin));
    console.log(
      `${TABS} tabs, ${JSON.stringify(done)}: ${reports.reduce((sum, { calls }) => sum + calls, 0)} calls, ${refreshes.length} rotations, ${again} asked for again; the longest call ${Math.round(longestMs)} ms`,
    );
    expect(awake.filter(({ error }) => error).slice(0, 10)).toEqual([]);
    expect(reports.map(({ signedIn }) => signedIn)).toEqual(tabs.map(() => true));
    for (const { page } of tabs)
      expect(await page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
    expect(loginsAt(service)).toBe(1);
    expect(refreshes.length).toBeGreaterThan(5);
    expect(again).toBeLessThanOrEqual(done.frozen + done.closed + done.crashed);
    expect(longestMs).toBeLessThan(HANG_MS);
  });
});

describe('a tab that holds the lock', () => {
  it('and is frozen loses it, and what it stores when it wakes up changes nothing', async () => {
    const { service, tab } = await open({ accessTtlSeconds: 2 });
    const [holder, other] = await signedInTabs(tab, 2);
    if (!holder || !other) throw new Error('two tabs were opened');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.holdUp());
    await holder.freeze();
    await sleep(2_000); // the access token ends
    const begin = performance.now();
    expect(await other.page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
    expect(performance.now() - begin).toBeLessThan(HANG_MS);
    await holder.thaw();
    expect(await holder.page.evaluate(() => globalThis.tab.letGo())).toBe(false);
    for (const { page } of [holder, other])
      expect(await page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
    expect(refreshesIn(service).every((times) => times === 1)).toBe(true);
    expect(loginsAt(service)).toBe(1);
  });

  it('and crashes holds up nobody', async () => {
    const { tab } = await open({ accessTtlSeconds: 2 });
    const [holder, other] = await signedInTabs(tab, 2);
    if (!holder || !other) throw new Error('two tabs were opened');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.holdUp());
    await sleep(2_000);
    const reading = other.page.evaluate(() => globalThis.tab.read());
    await holder.crash();
    expect(await reading).toEqual(expect.any(String));
  });

  it('and works on keeps it, however long others wait', async () => {
    const { tab } = await open({ accessTtlSeconds: 2 });
    const [holder, other] = await signedInTabs(tab, 2);
    if (!holder || !other) throw new Error('two tabs were opened');
    await other.page.evaluate(() => globalThis.tab.read());
    await holder.page.evaluate(() => globalThis.tab.holdUp());
    await sleep(2_000);
    const reading = other.page
      .evaluate(() => globalThis.tab.read())
      .catch(() => 'refused: the token was replaced by a wrong one');
    await sleep(5_000); // longer than a silent one would have kept it
    expect(await holder.page.evaluate(() => globalThis.tab.letGo())).toBe(true);
    await reading;
  });
});

it('a sign-in and a sign-out in one tab reach the others', async () => {
  const { tab } = await open();
  const [one, other] = [await tab(), await tab()];
  const isSignedIn = (signedIn: boolean) =>
    other.page.waitForFunction(async (wanted) => (await globalThis.tab.signedIn()) === wanted, signedIn, {
      polling: 20,
      timeout: 5_000,
    });
  await isSignedIn(false);
  await one.page.evaluate(() => globalThis.tab.login());
  await isSignedIn(true);
  expect(await other.page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
  await one.page.evaluate(() => globalThis.tab.logout());
  await isSignedIn(false);
});
