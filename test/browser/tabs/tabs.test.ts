import { setTimeout as sleep } from 'node:timers/promises';
import type { PersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { open, type Tab } from './browser.js';
import type { Gate } from './gate.js';
import type { Notable } from './page.js';

const TABS = 20;
/** The service gives the same answer again for a while: a tab that dies takes the first one along. */
const LENIENT = { reuseLeewaySeconds: 30 };
/** No call may hang for longer. */
const HANG_MS = 5_000;
const SOON = { timeout: HANG_MS, interval: 20 };

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

/** A refresh of any tab but this one has been answered. */
async function anotherThan(id: string, gate: Gate): Promise<void> {
  while ((await gate.see('after')).tab === id);
}

/** Which tabs were frozen, and when. */
class Naps {
  readonly #all: { readonly tab: Tab; readonly from: number; until: number }[] = [];

  async begin(tab: Tab): Promise<void> {
    this.#all.push({ tab, from: Date.now(), until: Number.POSITIVE_INFINITY });
    await tab.freeze();
  }

  async end(tab: Tab): Promise<void> {
    await tab.thaw();
    for (const nap of this.#all) if (nap.tab === tab) nap.until = Math.min(nap.until, Date.now());
  }

  /** The tab was awake all the time. */
  none(tab: Tab | undefined, { begin, end }: Notable): boolean {
    return this.#all.every((nap) => nap.tab !== tab || end < nap.from || begin > nap.until);
  }
}

/** All are signed in, no call of a tab that was awake has failed or hung, and only what went wrong was asked for again. */
async function expectAllIsWell(
  service: PersonaService,
  tabs: readonly Tab[],
  naps: Naps,
  done: { readonly frozen: number; readonly closed: number; readonly crashed: number },
): Promise<number[]> {
  const reports = await stop(tabs);
  const awake = reports.flatMap(({ notable }, at) => notable.filter((one) => naps.none(tabs[at], one)));
  const refreshes = refreshesIn(service);
  const again = refreshes.reduce((sum, times) => sum + times - 1, 0);
  const longestMs = Math.max(0, ...awake.map(({ begin, end }) => end - begin));
  console.log(
    `${tabs.length} tabs, ${JSON.stringify(done)}: ${reports.reduce((sum, { calls }) => sum + calls, 0)} calls, ${refreshes.length} rotations, ${again} asked for again; the longest call ${Math.round(longestMs)} ms`,
  );
  expect(awake.filter(({ error }) => error).slice(0, 10)).toEqual([]);
  expect(reports.map(({ signedIn }) => signedIn)).toEqual(tabs.map(() => true));
  for (const { page } of tabs)
    expect(await page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
  expect(loginsAt(service)).toBe(1);
  expect(again).toBeLessThanOrEqual(done.frozen + done.closed + done.crashed);
  expect(longestMs).toBeLessThan(HANG_MS);
  return refreshes;
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

  it('lose no lock to one another that follow quickly', async () => {
    const { tab } = await open();
    const tabs = await Promise.all(Array.from({ length: TABS }, tab));
    const lost = await Promise.all(tabs.map(({ page }) => page.evaluate(() => globalThis.tab.contend(60))));
    expect(lost.reduce((sum, times) => sum + times, 0)).toBe(0);
  });

  it('stay signed in while any of them are frozen, closed and crash at random', async () => {
    const { service, tab } = await open(LENIENT);
    const tabs = await signedInTabs(tab, TABS);
    await run(tabs);
    const choose = random(20_260_730);
    const frozen = new Map<Tab, number>();
    const naps = new Naps();
    const done = { frozen: 0, closed: 0, crashed: 0 };
    for (let step = 0; step < 60; step++) {
      await sleep(choose(700));
      for (const [one, until] of frozen)
        if (step >= until) {
          frozen.delete(one);
          await naps.end(one);
        }
      const index = choose(tabs.length);
      const victim = tabs[index];
      if (!victim || frozen.has(victim)) continue;
      const what = choose(4);
      if (what < 2) {
        done.frozen++;
        frozen.set(victim, step + 1 + choose(25));
        await naps.begin(victim);
        continue;
      }
      done[what === 2 ? 'closed' : 'crashed']++;
      await (what === 2 ? victim.close() : victim.crash());
      tabs[index] = await tab();
      await run(tabs.slice(index, index + 1));
    }
    for (const one of frozen.keys()) await naps.end(one);
    const refreshes = await expectAllIsWell(service, tabs, naps, done);
    expect(refreshes.length).toBeGreaterThan(5);
  });

  it('stay signed in when the one that refreshes is frozen, closed or crashes, its token not yet spent, or spent', async () => {
    const { service, gate, tab } = await open(LENIENT);
    const tabs = await signedInTabs(tab, TABS);
    await run(tabs);
    const naps = new Naps();
    const done = { frozen: 0, closed: 0, crashed: 0 };
    for (let round = 0; round < 2; round++)
      for (const place of ['before', 'after'] as const)
        for (const what of ['frozen', 'closed', 'crashed'] as const) {
          const { tab: id, gone, release } = await gate.hold(place);
          const index = tabs.findIndex((one) => one.id === id);
          const victim = tabs[index];
          if (!victim) throw new Error(`${id} is none of the tabs`);
          done[what]++;
          const another = anotherThan(id, gate);
          await (what === 'frozen'
            ? naps.begin(victim)
            : what === 'closed'
              ? victim.close()
              : victim.crash());
          if (what !== 'frozen') await gone;
          release();
          if (what !== 'frozen') {
            tabs[index] = await tab();
            await run(tabs.slice(index, index + 1));
          }
          await another;
          if (what === 'frozen') await naps.end(victim);
        }
    const refreshes = await expectAllIsWell(service, tabs, naps, done);
    expect(refreshes.length).toBeGreaterThanOrEqual(12);
    expect(refreshes.filter((times) => times > 1).length).toBeGreaterThanOrEqual(6); // most of them did meet a spent one
  });

  it('stay signed in where a token is good once only, when the one that refreshes dies before it is spent', async () => {
    const { service, gate, tab } = await open();
    const tabs = await signedInTabs(tab, 5);
    await run(tabs);
    const done = { frozen: 0, closed: 0, crashed: 0 };
    for (const what of ['closed', 'crashed'] as const) {
      const { tab: id, gone, release } = await gate.hold('before');
      const index = tabs.findIndex((one) => one.id === id);
      const another = anotherThan(id, gate);
      const victim = tabs[index];
      await (what === 'closed' ? victim?.close() : victim?.crash());
      await gone;
      release();
      tabs.splice(index, 1);
      await another;
    }
    await expectAllIsWell(service, tabs, new Naps(), done);
  });

  it('are signed out, and told so, where it is good once only and the one that spent it dies with the answer', async () => {
    const { service, gate, tab } = await open();
    const tabs = await signedInTabs(tab, 5);
    await run(tabs);
    const { tab: id, gone, release } = await gate.hold('after');
    const index = tabs.findIndex((one) => one.id === id);
    const another = anotherThan(id, gate);
    await tabs[index]?.close();
    await gone;
    release();
    tabs.splice(index, 1);
    await another;
    for (const { page } of tabs)
      await expect.poll(() => page.evaluate(() => globalThis.tab.signedIn()), SOON).toBe(false);
    const reports = await stop(tabs);
    const notable = reports.flatMap((report) => report.notable);
    expect(Math.max(...notable.map(({ begin, end }) => end - begin))).toBeLessThan(HANG_MS);
    const errors = notable.flatMap(({ error }) => error ?? []);
    expect(errors.some((error) => error.startsWith('credentials_rejected'))).toBe(true);
    expect(errors.filter((error) => !/^(?:credentials_rejected|unauthenticated)/.test(error))).toEqual([]);
    expect(refreshesIn(service).filter((times) => times > 1)).toEqual([2]);
    expect(loginsAt(service)).toBe(1);
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

  it('is not one that was frozen while it waited for it', async () => {
    const { service, gate, tab } = await open({ accessTtlSeconds: 2 });
    const [holder, waiting, other] = await signedInTabs(tab, 3);
    if (!holder || !waiting || !other) throw new Error('three tabs were opened');
    await other.page.evaluate(() => globalThis.tab.read());
    await sleep(2_000); // the access token ends
    const refresh = gate.hold('before');
    const readings = [holder.page.evaluate(() => globalThis.tab.read())];
    const { release } = await refresh;
    const inQueue = (count: number) =>
      expect
        .poll(() => holder.page.evaluate(async () => (await navigator.locks.query()).pending?.length), SOON)
        .toBe(count);
    for (const { page } of [waiting, other]) {
      readings.push(page.evaluate(() => globalThis.tab.read()));
      await inQueue(readings.length - 1);
    }
    await waiting.freeze();
    await inQueue(1);
    release();
    await readings[0];
    expect(await readings[2]).toEqual(expect.any(String));
    await waiting.thaw();
    expect(await readings[1]).toEqual(expect.any(String));
    expect(refreshesIn(service).every((times) => times === 1)).toBe(true);
    expect(loginsAt(service)).toBe(1);
  });

  it('does its work once, and knows whether it has it still, though it is frozen and wakes up as soon as it asks', async () => {
    const { tab } = await open();
    const [holder, other] = await signedInTabs(tab, 2);
    if (!holder || !other) throw new Error('two tabs were opened');
    await holder.page.evaluate(() => globalThis.tab.holdUp());
    const nodded = other.page.evaluate(() => globalThis.tab.nod());
    await holder.page.evaluate(() => globalThis.tab.letGo());
    expect(await nodded).toEqual({ works: 1, stored: false });
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
    expect.poll(() => other.page.evaluate(() => globalThis.tab.signedIn()), SOON).toBe(signedIn);
  await isSignedIn(false);
  await one.page.evaluate(() => globalThis.tab.login());
  await isSignedIn(true);
  expect(await other.page.evaluate(() => globalThis.tab.read())).toEqual(expect.any(String));
  await one.page.evaluate(() => globalThis.tab.logout());
  await isSignedIn(false);
});
