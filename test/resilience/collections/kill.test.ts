import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createRandom } from '../../support/random.js';
import { compareWithRows, countByValue, listPersonas } from './differences.js';
import { reportLine } from './report.js';
import { rows } from './rows.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'persona-client-kill-'));
  return () => rm(folder, { recursive: true, force: true });
});

const program = (name: string) => join(inject('programs'), `${name}.mjs`);

function startProgram(name: string, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function startServiceProcess(dialect: string, sqlite?: string): Promise<string> {
  const child = startProgram('service', dialect, '2', ...(sqlite === undefined ? [] : [sqlite]));
  const [url] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return String(url).trim();
}

/** Runs the worker to its end, or kills it `afterMs` after it has printed a number of dots. */
async function runWorker(args: string[], killAt?: { dots: number; afterMs: number }) {
  const child = startProgram('worker', ...args);
  const exit = once(child, 'exit');
  let output = '';
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  let isKillScheduled = false;
  const killIfDue = () => {
    if (!killAt || isKillScheduled || output.length < killAt.dots) return;
    isKillScheduled = true;
    setTimeout(() => child.kill('SIGKILL'), killAt.afterMs); // real time, so that the kill hits any point of the run
  };
  child.stdout?.on('data', (chunk) => {
    output += chunk;
    killIfDue();
  });
  killIfDue();
  const [code, signal] = await exit;
  if (errors !== '') throw new Error(errors);
  return { killed: signal === 'SIGKILL', code, summary: output.split('\n')[1] };
}

/** Kills the worker at random points and resumes it from its journal each time, then lets it finish. */
async function runWithKills(
  args: string[],
  { kills, items, seed }: { kills: number; items: number; seed: number },
) {
  const { next } = createRandom(seed);
  let duringStart = 0;
  let uncertain = 0;
  for (let kill = 0; kill < kills; kill++) {
    const killsDuringStart = next() < 0.15;
    const pauseAfter = Math.floor((items * (kill + 1)) / (kills + 1)); // a late kill leaves enough items for the next ones
    const recorded = await countInJournal(args[2]);
    const calls = pauseAfter - recorded.applied - recorded.uncertain; // at least, because an uncertain item may take none
    const dots = killsDuringStart ? 0 : Math.floor((calls / 2) * next());
    const killAt = { dots, afterMs: killsDuringStart ? 60 + 400 * next() : 8 * next() };
    const run = await runWorker([...args, String(pauseAfter)], killAt);
    if (!run.killed) throw new Error(`The worker ended before it was killed, with code ${run.code}.`);
    if (killsDuringStart) duringStart++;
    uncertain += (await countInJournal(args[2])).uncertain;
  }
  const { summary } = await runWorker(args);
  return { duringStart, uncertain, summary: JSON.parse(summary ?? '{}') };
}

async function countInJournal(path = ''): Promise<{ applied: number; uncertain: number }> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const applied = new Set<number>();
  const intended = new Set<number>();
  for (const line of text.split('\n').slice(0, -1)) {
    const { type, index } = JSON.parse(line) as { type: string; index: number };
    if (type === 'applied') applied.add(index);
    if (type === 'intent') intended.add(index);
  }
  return { applied: applied.size, uncertain: [...intended].filter((index) => !applied.has(index)).length };
}

const FULL = inject('full');
const CREATES = [
  { dialect: 'subresource', store: 'memory', items: 10_000, kills: FULL ? 500 : 50, seed: 1 },
  { dialect: 'attributes', store: 'sqlite', items: FULL ? 10_000 : 2_000, kills: FULL ? 50 : 10, seed: 2 },
] as const;

describe('a process that is killed with SIGKILL resumes from its journal', () => {
  it.for(CREATES)(
    'createMany: $items items, $kills kills, $dialect on $store',
    async ({ dialect, store, items, kills, seed }, { task }) => {
      const url = await startServiceProcess(
        dialect,
        store === 'sqlite' ? join(folder, `${seed}.sqlite`) : undefined,
      );
      const { duringStart, uncertain, summary } = await runWithKills(
        ['create', url, join(folder, `create-${seed}`), String(items)],
        { kills, items, seed },
      );
      const { lost, duplicated, identical } = compareWithRows(rows(items), await listPersonas(url));
      reportLine(
        task,
        `createMany, ${dialect} on ${store}`,
        `${items} items (${identical} identical), ${kills} kills (${duringStart} during start, ${uncertain} uncertain items), ${lost} lost, ${duplicated} duplicated`,
      );
      expect({ lost, duplicated }).toEqual({ lost: 0, duplicated: 0 });
      expect(uncertain).toBeGreaterThan(0);
      expect(summary).toMatchObject({ succeeded: items, failed: 0, complete: true });
    },
  );

  it('updateMany and deleteMany: 2,000 items, 10 kills', async ({ task }) => {
    const [items, kills] = [2_000, 10];
    const url = await startServiceProcess('subresource');
    await runWorker(['create', url, join(folder, 'personas'), String(items)]);
    const updates = await runWithKills(['update', url, join(folder, 'update'), String(items)], {
      kills,
      items,
      seed: 3,
    });
    const names = countByValue(
      (await listPersonas(url)).map(({ id, name }) => String(name === `Changed ${id}`)),
    );
    const deletes = await runWithKills(['delete', url, join(folder, 'delete'), String(items)], {
      kills,
      items,
      seed: 4,
    });
    const remaining = (await listPersonas(url)).length;
    reportLine(
      task,
      'updateMany',
      `${items} items, ${kills} kills (${updates.uncertain} uncertain items), ${items - (names.get('true') ?? 0)} not applied`,
    );
    reportLine(
      task,
      'deleteMany',
      `${items} items, ${kills} kills (${deletes.uncertain} uncertain items), ${remaining} remaining, ${deletes.summary.failed} failed`,
    );
    expect(Object.fromEntries(names)).toEqual({ true: items });
    expect(remaining).toBe(0);
    expect(updates.summary).toMatchObject({ succeeded: items, failed: 0, complete: true });
    expect(updates.uncertain).toBeGreaterThan(0);
    expect(deletes.summary).toMatchObject({ succeeded: items, failed: 0, complete: true });
    expect(deletes.uncertain).toBeGreaterThan(0);
  });
});
