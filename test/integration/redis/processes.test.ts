import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from '@keyv/redis';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../../../examples/redis-cache/redis.js';
import type { Entry, Job, Report } from './worker.js';

const PROCESSES = 4;
const PERSONAS = 500;
const OPERATIONS = 100_000;
/** How long after a process has reached the store again others may still not know what it has written meanwhile. */
const SAID_AGAIN_MS = 1_000;
/** Long enough that a busy machine is not taken for a dead store. */
const PATIENT_MS = 10_000;
const SHORT_MS = 500;
/** Of one run. */
const WITHIN_MS = 600_000;

interface Run extends AsyncDisposable {
  readonly over: Promise<readonly Report[]>;
  /** Resolves when so many operations were begun; rejects when a process fails before that. */
  reached(count: number): Promise<void>;
}

async function start(redis: string, storeTimeoutMs: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'persona-client-processes-'));
  const service = createPersonaService({ dialect: 'attributes', seed: PERSONAS });
  const { url } = await service.listen({ port: 0 });
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const begun = Array<number>(PROCESSES).fill(0);
  const seed = Date.now() % 2 ** 30;
  console.log(`seed ${seed}`);
  const children = begun.map((_, at): ChildProcess => {
    const child = fork(worker, { execArgv: ['--import', 'tsx'] });
    const job: Job = {
      service: url,
      redis,
      file: join(folder, `${at}.json`),
      operations: OPERATIONS / PROCESSES,
      personas: PERSONAS,
      seed: seed + at,
      storeTimeoutMs,
    };
    child.on('message', (count) => {
      begun[at] = Number(count);
    });
    child.send(job);
    return child;
  });
  let isOver = false;
  const ended = children.map(async (child, at) => {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`process ${at} ended with ${code}`);
    return JSON.parse(readFileSync(join(folder, `${at}.json`), 'utf8')) as Report;
  });
  const over = Promise.all(ended);
  over
    .finally(() => {
      isOver = true;
    })
    .catch(() => {}); // whoever waits for it is told
  return {
    over,
    reached: async (count) => {
      while (!isOver && begun.reduce((sum, one) => sum + one, 0) < count) await sleep(20);
      if (isOver) await over;
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Stale {
  readonly own: boolean;
  /** The process that wrote had lost the store since, and had not had it back for long. */
  readonly isExcused: boolean;
  /** How long the write had been acknowledged. */
  readonly lateMs: number;
}

/** Between these two times the process had lost the store for a while, up to shortly before the second. */
function hadLostIt({ events }: Report, from: number, to: number, storeTimeoutMs: number): boolean {
  return events.some(([ok, lostAt], at) => {
    if (ok) return false;
    const [, backAt = Number.POSITIVE_INFINITY] = events[at + 1] ?? [];
    return lostAt - storeTimeoutMs * 1_000 <= to && backAt + SAID_AGAIN_MS * 1_000 >= Math.max(from, to);
  });
}

/** Reads that show a persona as it was before a write whose caller had been answered when they began. */
function staleReads(reports: readonly Report[], storeTimeoutMs: number): Stale[] {
  const stale: Stale[] = [];
  const of = (entries: readonly Entry[], what: 'r' | 'w') => entries.filter(([kind]) => kind === what);
  const writes = new Map<
    number,
    { readonly over: number; readonly updatedAt: string; readonly process: number }[]
  >();
  for (const [process, { entries }] of reports.entries())
    for (const [, persona, , over, updatedAt] of of(entries, 'w')) {
      const all = writes.get(persona) ?? [];
      all.push({ over, updatedAt, process });
      writes.set(persona, all);
    }
  for (const [process, { entries }] of reports.entries())
    for (const [, persona, begun, , updatedAt] of of(entries, 'r'))
      for (const write of writes.get(persona) ?? []) {
        if (write.over >= begun || write.updatedAt <= updatedAt) continue;
        const writer = reports[write.process] as Report;
        const isExcused = hadLostIt(writer, write.over, begun, storeTimeoutMs);
        stale.push({ own: write.process === process, isExcused, lateMs: (begun - write.over) / 1_000 });
      }
  return stale;
}

function tell(name: string, reports: readonly Report[], stale: readonly Stale[]): void {
  const sum = (what: (report: Report) => number) =>
    reports.reduce((total, report) => total + what(report), 0).toLocaleString('en');
  const sources: Record<string, number> = {};
  for (const report of reports)
    for (const [source, count] of Object.entries(report.sources))
      sources[source] = (sources[source] ?? 0) + count;
  const compared = sum(({ entries }) => entries.filter(([what]) => what === 'r').length);
  const writes = sum(({ entries }) => entries.filter(([what]) => what === 'w').length);
  console.log(
    `${name}: ${PROCESSES} processes, ${PERSONAS} personas, ${OPERATIONS.toLocaleString('en')} operations, ${writes} writes, ${compared} persona states compared ` +
      `(${Object.entries(sources)
        .map(([source, count]) => `${source} ${count.toLocaleString('en')}`)
        .join(', ')}), ` +
      `${sum(({ failures }) => failures.length)} failed calls, the store given up ${sum(({ events }) => events.filter(([ok]) => !ok).length)} times, stale after own writes ${stale.filter(({ own }) => own).length}, after others' ${stale.filter(({ own }) => !own).length}`,
  );
}

const failed = (reports: readonly Report[]) => reports.flatMap(({ failures }) => failures);

describe('several processes with one Redis', () => {
  it('never read what was before a write that was acknowledged', { timeout: WITHIN_MS }, async () => {
    await using run = await start(process.env.REDIS_URL ?? '', PATIENT_MS);
    const reports = await run.over;
    const stale = staleReads(reports, PATIENT_MS);
    tell('undisturbed', reports, stale);
    expect(failed(reports)).toEqual([]);
    expect(stale).toEqual([]);
    for (const { events, sources } of reports) {
      expect(events).toEqual([]);
      expect(sources.cache).toBeGreaterThan(0);
    }
  });

  it('lose no call when it is killed, and when it comes back with what it held before', {
    timeout: WITHIN_MS,
  }, async (context) => {
    const redis = await startRedis();
    if (!redis) {
      console.log('kill -9: did not run, there is no redis-server on this machine.');
      return context.skip();
    }
    await using _server = redis;
    await using run = await start(redis.url, SHORT_MS);
    const admin = await createClient({ url: redis.url }).connect();
    await run.reached(OPERATIONS * 0.2);
    await admin.sendCommand(['SAVE']);
    admin.destroy();
    await run.reached(OPERATIONS * 0.4);
    await redis.kill();
    await run.reached(OPERATIONS * 0.5);
    await redis.restart();
    const reports = await run.over;
    const stale = staleReads(reports, SHORT_MS);
    tell('killed and put back to an earlier state', reports, stale);
    if (stale.length > 0)
      console.log(`the latest ${Math.max(...stale.map(({ lateMs }) => lateMs))} ms after the write`);
    expect(failed(reports)).toEqual([]);
    expect(stale.filter(({ own }) => own)).toEqual([]);
    expect(stale.filter(({ isExcused }) => !isExcused)).toEqual([]);
    for (const { events } of reports) expect(events.map(([ok]) => ok).slice(0, 2)).toEqual([false, true]);
  });
});
