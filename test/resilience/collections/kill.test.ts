import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { randomFrom } from '../faults/support/random.js';
import { differences, held, tallied } from './compare.js';
import { tell } from './counts.js';
import { rows } from './rows.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persona-client-kill-'));
  return () => rm(folder, { recursive: true, force: true });
});

const program = (name: string) => join(inject('programs'), `${name}.mjs`);

function start(name: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function served(dialect: string, sqlite?: string): Promise<string> {
  const child = start('service', dialect, '2', ...(sqlite === undefined ? [] : [sqlite]));
  const [url] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return String(url).trim();
}

/** Runs the worker until it has written so many dots, then kills it a little later; or lets it end. */
async function work(args: string[], killAt?: { dots: number; afterMs: number }) {
  const child = start('worker', ...args);
  const exit = once(child, 'exit');
  let said = '';
  let failed = '';
  child.stderr?.on('data', (chunk) => {
    failed += chunk;
  });
  let killing = false;
  const look = () => {
    if (!killAt || killing || said.length < killAt.dots) return;
    killing = true;
    setTimeout(() => child.kill('SIGKILL'), killAt.afterMs);
  };
  child.stdout?.on('data', (chunk) => {
    said += chunk;
    look();
  });
  look();
  const [code, signal] = await exit;
  if (failed !== '') throw new Error(failed);
  return { killed: signal === 'SIGKILL', code, summary: said.split('\n')[1] };
}

/** Kill it at random, so many times, each time it goes on from the journal; then let it come to its end. */
async function killed(
  args: string[],
  { kills, items, seed }: { kills: number; items: number; seed: number },
) {
  const { next } = randomFrom(seed);
  let early = 0;
  let doubts = 0;
  for (let hit = 0; hit < kills; hit++) {
    const startingUp = next() < 0.15;
    const reach = Math.floor((items * (hit + 1)) / (kills + 1)); // however late a kill comes, enough is left for the others
    const { done, doubts: left } = await inJournal(args[2]);
    const calls = reach - done - left; // at least; what is left in doubt may take none
    const dots = startingUp ? 0 : Math.floor((calls / 2) * next());
    const killAt = { dots, afterMs: startingUp ? 60 + 400 * next() : 8 * next() };
    const run = await work([...args, String(reach)], killAt);
    if (!run.killed) throw new Error(`ended by itself: ${run.code}`);
    if (startingUp) early++;
    doubts += (await inJournal(args[2])).doubts;
  }
  const { summary } = await work(args);
  return { early, doubts, summary: JSON.parse(summary ?? '{}') };
}

async function inJournal(path = ''): Promise<{ done: number; doubts: number }> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const done = new Set<number>();
  const intended = new Set<number>();
  for (const line of text.split('\n').slice(0, -1)) {
    const { type, index } = JSON.parse(line) as { type: string; index: number };
    if (type === 'done') done.add(index);
    if (type === 'intent') intended.add(index);
  }
  return { done: done.size, doubts: [...intended].filter((index) => !done.has(index)).length };
}

const FULL = inject('full');
const CREATES = [
  { dialect: 'subresource', store: 'memory', items: 10_000, kills: FULL ? 500 : 50, seed: 1 },
  { dialect: 'attributes', store: 'sqlite', items: FULL ? 10_000 : 2_000, kills: FULL ? 50 : 10, seed: 2 },
] as const;

describe('killed with -9, and resumed from its journal', () => {
  it.for(CREATES)(
    'createMany: $items items, $kills kills, $dialect on $store',
    async ({ dialect, store, items, kills, seed }, { task }) => {
      const url = await served(dialect, store === 'sqlite' ? join(folder, `${seed}.sqlite`) : undefined);
      const { early, doubts, summary } = await killed(
        ['create', url, join(folder, `create-${seed}`), String(items)],
        { kills, items, seed },
      );
      const { lost, duplicated, identical } = differences(rows(items), await held(url));
      tell(
        task,
        `createMany, ${dialect} on ${store}`,
        `${items} items (${identical} of them equal to another), ${kills} kills (${early} while starting) that left ${doubts} in doubt, ${lost} lost, ${duplicated} duplicated`,
      );
      expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
      expect(doubts).toBeGreaterThan(0);
      expect(summary).toMatchObject({ done: items, failed: 0, complete: true });
    },
  );

  it('updateMany and deleteMany', async ({ task }) => {
    const [items, kills] = [2_000, 10];
    const url = await served('subresource');
    await work(['create', url, join(folder, 'people'), String(items)]);
    const updates = await killed(['update', url, join(folder, 'update'), String(items)], {
      kills,
      items,
      seed: 3,
    });
    const names = tallied((await held(url)).map(({ id, name }) => String(name === `Changed ${id}`)));
    const deletes = await killed(['delete', url, join(folder, 'delete'), String(items)], {
      kills,
      items,
      seed: 4,
    });
    const left = (await held(url)).length;
    tell(
      task,
      'updateMany',
      `${items} items, ${kills} kills that left ${updates.doubts} in doubt, ${items - (names.get('true') ?? 0)} not applied`,
    );
    tell(
      task,
      'deleteMany',
      `${items} items, ${kills} kills that left ${deletes.doubts} in doubt, ${left} left, ${deletes.summary.failed} failed`,
    );
    expect(Object.fromEntries(names)).toEqual({ true: items });
    expect(left).toBe(0);
    expect(updates.summary).toMatchObject({ done: items, failed: 0, complete: true });
    expect(updates.doubts).toBeGreaterThan(0);
    expect(deletes.summary).toMatchObject({ done: items, failed: 0, complete: true });
    expect(deletes.doubts).toBeGreaterThan(0);
  });
});
