import { Session } from 'node:inspector/promises';
import { PERSONAS_PATH } from '../../support/personas.js';
import { createSender, type Json, type Send } from '../../support/sender.js';
import { startService } from '../../support/service.js';

export const STORES = [
  { name: 'memory', store: 'memory' },
  { name: 'SQLite', store: { sqlite: ':memory:' } },
] as const;

/** Starts a service like `startService`, and returns also `send`, which sends a request to the service. */
export async function startServiceWithSender(...options: Parameters<typeof startService>) {
  const started = await startService(...options);
  return { ...started, send: createSender(started.url) };
}

/** The ids of one page of personas. */
export async function listIds(send: Send, query = ''): Promise<unknown[]> {
  const { body } = await send('GET', `${PERSONAS_PATH}${query}`);
  return (body.personas as Json[]).map(({ id }) => id);
}

/** ISO 8601 without a zone. */
export const NAIVE_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/;

/** 2026-11-22 06:29:29 UTC without a fraction, in milliseconds since the Unix epoch. */
export const WHOLE_SECOND = Date.UTC(2026, 10, 22, 6, 29, 29);

/** Counts the calls of functions of the service during the work, which measures it independently of the machine. */
export async function countServiceCalls<T>(work: () => Promise<T>): Promise<{ result: T; calls: number }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    const result = await work();
    const coverage = await session.post('Profiler.takePreciseCoverage');
    const functions = coverage.result
      .filter(({ url }) => url.includes('/src/service/'))
      .flatMap((script) => script.functions);
    return { result, calls: functions.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0) };
  } finally {
    session.disconnect();
  }
}
