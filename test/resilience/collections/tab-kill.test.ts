import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPersonaService } from 'persona-client/testing';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { createRandom } from '../../support/random.js';
import { startStaticServer } from '../../support/static-server.js';
import { type Chromium, startChromium } from './browser.js';
import { compareWithRows, listPersonas } from './differences.js';
import { reportLine } from './report.js';
import { rows } from './rows.js';

const KILLS = inject('full') ? 100 : 12;
/** Even a late kill leaves this many items for the next one. */
const ITEMS_PER_KILL = 80;
const ITEMS = ITEMS_PER_KILL * (KILLS + 1);
/** Slow enough that kills hit requests in flight. */
const LATENCY_MS = 20;
const SOON = { timeout: 60_000, interval: 1 };

type Tab = Awaited<ReturnType<typeof newTab>>;

async function newTab({ context }: Chromium) {
  const page = await context.newPage();
  return { page, devtools: await context.newCDPSession(page) };
}

/** How a tab can end during a run. */
const TERMINATIONS = {
  crashed: async (_: Chromium, { page, devtools }: Tab) => {
    const crashed = page.waitForEvent('crash');
    devtools.send('Page.crash').catch(() => {}); // the crashed tab cannot respond
    await crashed;
    await page.close();
  },
  closed: (_: Chromium, { page }: Tab) => page.close(),
  'killed with the browser': ({ kill }: Chromium) => kill(),
} as const;
const TERMINATION_NAMES = Object.keys(TERMINATIONS) as (keyof typeof TERMINATIONS)[];

it('a run resumes in a new tab after its tab was killed', async ({ task }) => {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-profile-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const service = createPersonaService({ seed: false, latencyMs: LATENCY_MS, cors: { origins: ['*'] } });
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  const site = await startStaticServer(inject('page'));
  onTestFinished(() => site[Symbol.asyncDispose]());
  const countCreates = () => service.requests.filter(({ method }) => method === 'POST').length;

  let chromium = await startChromium(folder);
  onTestFinished(() => chromium.kill());
  const pageUrl = (pauseAfter: number) =>
    `${site.url}?count=${ITEMS}&pauseAfter=${pauseAfter}&service=${encodeURIComponent(url)}`;

  const { next, nextInteger: below } = createRandom(20_261_126);
  const terminations = { crashed: 0, closed: 0, 'killed with the browser': 0 };
  for (let kill = 0; kill < KILLS; kill++) {
    const pauseAfter = ITEMS_PER_KILL * (kill + 1);
    const storedCount = (await listPersonas(url)).length;
    const additional = 1 + Math.floor(((pauseAfter - storedCount) / 2) * next());
    const target = below(6) === 0 ? 0 : countCreates() + additional; // one in six is killed during its start
    const tab = await newTab(chromium);
    await tab.page.goto(pageUrl(pauseAfter));
    await vi.waitUntil(() => countCreates() >= target, SOON);
    const termination = TERMINATION_NAMES[below(TERMINATION_NAMES.length)] ?? 'closed';
    await TERMINATIONS[termination](chromium, tab);
    terminations[termination]++;
    if (termination === 'killed with the browser') chromium = await startChromium(folder);
  }
  const { page } = await newTab(chromium);
  await page.goto(pageUrl(ITEMS));
  await page.waitForFunction(() => globalThis.outcome, undefined, { timeout: 120_000 });
  const summary = await page.evaluate(() => globalThis.outcome);

  const { lost, duplicated, identical } = compareWithRows(rows(ITEMS), await listPersonas(url));
  reportLine(
    task,
    'createMany in Chromium, IndexedDB',
    `${ITEMS} items (${identical} identical), tabs ${Object.entries(terminations)
      .map(([termination, count]) => `${termination} ${count}`)
      .join(', ')}, ${lost} lost, ${duplicated} duplicated`,
  );
  expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
  expect(summary).toMatchObject({ succeeded: ITEMS, failed: 0, complete: true });
});
