import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@keyv/redis';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../../../examples/redis-cache/redis.js';
import type { Job, LogEntry, WorkerReport } from './worker.js';

const PROCESS_COUNT = 4;
const PERSONA_COUNT = 500;
const OPERATION_COUNT = 100_000;
/** How long after the store is back a process may take to publish the versions of its writes again. */
const REPUBLISH_MS = 1_000;
/** Long enough for a busy machine. */
const LONG_TIMEOUT_MS = 10_000;
const SHORT_TIMEOUT_MS = 500;
const TEST_TIMEOUT_MS = 600_000;

interface Run extends AsyncDisposable {
  readonly reports: Promise<readonly WorkerReport[]>;
  /** Resolves when this many operations have started. Rejects if a process fails first. */
  waitForOperations(count: number): Promise<void>;
}

async function startProcesses(redis: string, storeTimeoutMs: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'persona-client-processes-'));
  const service = createPersonaService({ dialect: 'attributes', seed: PERSONA_COUNT });
  const { url } = await service.listen({ port: 0 });
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const started = Array<number>(PROCESS_COUNT).fill(0);
  const progress = new EventEmitter();
  const seed = Date.now() % 2 ** 30;
  console.log(`seed ${seed}`);
  const children = started.map((_, index): ChildProcess => {
    const child = fork(worker, { execArgv: ['--import', 'tsx'] });
    const job: Job = {
      service: url,
      redis,
      file: join(folder, `${index}.json`),
      operations: OPERATION_COUNT / PROCESS_COUNT,
      personas: PERSONA_COUNT,
      seed: seed + index,
      storeTimeoutMs,
    };
    child.on('message', (count) => {
      started[index] = Number(count);
      progress.emit('started');
    });
    child.send(job);
    return child;
  });
  let isDone = false;
  const exits = children.map(async (child, index) => {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`process ${index} exited with code ${code}`);
    return JSON.parse(readFileSync(join(folder, `${index}.json`), 'utf8')) as WorkerReport;
  });
  const reports = Promise.all(exits);
  reports
    .finally(() => {
      isDone = true;
    })
    .catch(() => {}); // `reports` itself rejects
  return {
    reports,
    waitForOperations: async (count) => {
      while (!isDone && started.reduce((sum, operations) => sum + operations, 0) < count)
        await Promise.race([once(progress, 'started'), reports]);
      if (isDone) await reports;
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface StaleRead {
  /** The same process made the write and the read. */
  readonly isOwnWrite: boolean;
  /** The writing process had lost the store between the write and the read. */
  readonly isExpected: boolean;
  /** Time between the end of the write and the start of the read. */
  readonly lateMs: number;
}

/** Whether the process had lost the store between these times, and its versions may not be published again yet. */
function hadLostStore({ events }: WorkerReport, from: number, to: number, storeTimeoutMs: number): boolean {
  return events.some(([ok, lostAt], index) => {
    if (ok) return false;
    const [, backAt = Number.POSITIVE_INFINITY] = events[index + 1] ?? [];
    return lostAt - storeTimeoutMs * 1_000 <= to && backAt + REPUBLISH_MS * 1_000 >= Math.max(from, to);
  });
}

/** Reads that show a persona from before a write, although the write was acknowledged when the read started. */
function staleReads(reports: readonly WorkerReport[], storeTimeoutMs: number): StaleRead[] {
  const stale: StaleRead[] = [];
  const ofKind = (entries: readonly LogEntry[], kind: 'r' | 'w') =>
    entries.filter(([entryKind]) => entryKind === kind);
  const writes = new Map<
    number,
    { readonly endedAt: number; readonly updatedAt: string; readonly process: number }[]
  >();
  for (const [process, { entries }] of reports.entries())
    for (const [, persona, , endedAt, updatedAt] of ofKind(entries, 'w')) {
      const personaWrites = writes.get(persona) ?? [];
      personaWrites.push({ endedAt, updatedAt, process });
      writes.set(persona, personaWrites);
    }
  for (const [process, { entries }] of reports.entries())
    for (const [, persona, startedAt, , updatedAt] of ofKind(entries, 'r'))
      for (const write of writes.get(persona) ?? []) {
        if (write.endedAt >= startedAt || write.updatedAt <= updatedAt) continue;
        const writer = reports[write.process] as WorkerReport;
        const isExpected = hadLostStore(writer, write.endedAt, startedAt, storeTimeoutMs);
        const lateMs = (startedAt - write.endedAt) / 1_000;
        stale.push({ isOwnWrite: write.process === process, isExpected, lateMs });
      }
  return stale;
}

function printCounts(name: string, reports: readonly WorkerReport[], stale: readonly StaleRead[]): void {
  const sum = (count: (report: WorkerReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0).toLocaleString('en');
  const sources: Record<string, number> = {};
  for (const report of reports)
    for (const [source, count] of Object.entries(report.sources))
      sources[source] = (sources[source] ?? 0) + count;
  const compared = sum(({ entries }) => entries.filter(([kind]) => kind === 'r').length);
  const writes = sum(({ entries }) => entries.filter(([kind]) => kind === 'w').length);
  console.log(
    `${name}: ${PROCESS_COUNT} processes, ${PERSONA_COUNT} personas, ${OPERATION_COUNT.toLocaleString('en')} operations, ${writes} writes, ${compared} persona states compared ` +
      `(${Object.entries(sources)
        .map(([source, count]) => `${source} ${count.toLocaleString('en')}`)
        .join(', ')}), ` +
      `${sum(({ failures }) => failures.length)} failed calls, store unavailable ${sum(({ events }) => events.filter(([ok]) => !ok).length)} times, stale after own writes ${stale.filter(({ isOwnWrite }) => isOwnWrite).length}, after writes by others ${stale.filter(({ isOwnWrite }) => !isOwnWrite).length}`,
  );
}

const allFailures = (reports: readonly WorkerReport[]) => reports.flatMap(({ failures }) => failures);

describe('processes that share a Redis', () => {
  it('never read a state from before an acknowledged write', { timeout: TEST_TIMEOUT_MS }, async () => {
    await using run = await startProcesses(process.env.REDIS_URL ?? '', LONG_TIMEOUT_MS);
    const reports = await run.reports;
    const stale = staleReads(reports, LONG_TIMEOUT_MS);
    printCounts('without failures', reports, stale);
    expect(allFailures(reports)).toEqual([]);
    expect(stale).toEqual([]);
    for (const { events, sources } of reports) {
      expect(events).toEqual([]);
      expect(sources.cache).toBeGreaterThan(0);
    }
  });

  it('fail no call when Redis is killed and restarted with older data', {
    timeout: TEST_TIMEOUT_MS,
  }, async (context) => {
    const redis = await startRedis();
    if (!redis) {
      console.log('skipped: redis-server is not installed');
      return context.skip('redis-server is not installed');
    }
    await using _server = redis;
    await using run = await startProcesses(redis.url, SHORT_TIMEOUT_MS);
    const admin = await createClient({ url: redis.url }).connect();
    await run.waitForOperations(OPERATION_COUNT * 0.2);
    await admin.sendCommand(['SAVE']);
    admin.destroy();
    await run.waitForOperations(OPERATION_COUNT * 0.4);
    await redis.kill();
    await run.waitForOperations(OPERATION_COUNT * 0.5);
    await redis.restart();
    const reports = await run.reports;
    const stale = staleReads(reports, SHORT_TIMEOUT_MS);
    printCounts('killed and rolled back', reports, stale);
    if (stale.length > 0)
      console.log(
        `the last stale read started ${Math.max(...stale.map(({ lateMs }) => lateMs))} ms after the write`,
      );
    expect(allFailures(reports)).toEqual([]);
    expect(stale.filter(({ isOwnWrite }) => isOwnWrite)).toEqual([]);
    expect(stale.filter(({ isExpected }) => !isExpected)).toEqual([]);
    for (const { events } of reports) expect(events.map(([ok]) => ok).slice(0, 2)).toEqual([false, true]);
  });
});
