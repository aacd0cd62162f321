import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPersonaService } from 'persona-client/testing';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { randomFrom } from '../faults/support/random.js';
import { startSite } from '../../package/support/site.js';
import { type Chromium, startChromium } from './browser.js';
import { differences, held } from './compare.js';
import { tell } from './counts.js';
import { rows } from './rows.js';

const KILLS = inject('full') ? 100 : 12;
/** However late a kill comes, so many are left for the next one. */
const ITEMS_PER_KILL = 80;
const ITEMS = ITEMS_PER_KILL * (KILLS + 1);
/** So that it takes seconds, and is killed with requests under way. */
const LATENCY_MS = 20;
const SOON = { timeout: 60_000, interval: 1 };

type Tab = Awaited<ReturnType<typeof newTab>>;

async function newTab({ context }: Chromium) {
  const page = await context.newPage();
  return { page, devtools: await context.newCDPSession(page) };
}

/** How a tab can end in mid-sentence. */
const ENDS = {
  crashed: async (_: Chromium, { page, devtools }: Tab) => {
    const crashed = page.waitForEvent('crash');
    devtools.send('Page.crash').catch(() => {}); // nobody is left to answer
    await crashed;
    await page.close();
  },
  closed: (_: Chromium, { page }: Tab) => page.close(),
  'killed with the browser': ({ kill }: Chromium) => kill(),
} as const;
const HOW = Object.keys(ENDS) as (keyof typeof ENDS)[];

it('a tab that is killed goes on when its page is opened again', async ({ task }) => {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-profile-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const service = createPersonaService({ seed: false, latencyMs: LATENCY_MS, cors: { origins: ['*'] } });
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  const site = await startSite(inject('page'));
  onTestFinished(() => site[Symbol.asyncDispose]());
  const posts = () => service.requests.filter(({ method }) => method === 'POST').length;

  let chromium = await startChromium(folder);
  onTestFinished(() => chromium.kill());
  const address = (reach: number) =>
    `${site.url}?count=${ITEMS}&reach=${reach}&service=${encodeURIComponent(url)}`;

  const { next, below } = randomFrom(20_261_126);
  const ends = { crashed: 0, closed: 0, 'killed with the browser': 0 };
  for (let hit = 0; hit < KILLS; hit++) {
    const reach = ITEMS_PER_KILL * (hit + 1);
    const landed = (await held(url)).length;
    const more = 1 + Math.floor(((reach - landed) / 2) * next());
    const target = below(6) === 0 ? 0 : posts() + more; // some die while they start
    const tab = await newTab(chromium);
    await tab.page.goto(address(reach));
    await vi.waitUntil(() => posts() >= target, SOON);
    const how = HOW[below(HOW.length)] ?? 'closed';
    await ENDS[how](chromium, tab);
    ends[how]++;
    if (how === 'killed with the browser') chromium = await startChromium(folder);
  }
  const { page } = await newTab(chromium);
  await page.goto(address(ITEMS));
  await page.waitForFunction(() => globalThis.outcome, undefined, { timeout: 120_000 });
  const summary = await page.evaluate(() => globalThis.outcome);

  const { lost, duplicated, identical } = differences(rows(ITEMS), await held(url));
  tell(
    task,
    'createMany in Chromium, IndexedDB',
    `${ITEMS} items (${identical} of them equal to another), tabs ${Object.entries(ends)
      .map(([how, times]) => `${how} ${times}`)
      .join(', ')}, ${lost} lost, ${duplicated} duplicated`,
  );
  expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
  expect(summary).toMatchObject({ done: ITEMS, failed: 0, complete: true });
});
