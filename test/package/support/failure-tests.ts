import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type BrokenServer,
  findExpectation,
  listBrokenServers,
  listRuntimes,
  OUTCOMES,
  type Outcome,
  RESULTS,
  type RuntimeName,
} from '../../support/failure-matrix.js';
import { CALL_NAMES, type CallName, type CellResult } from '../smoke/failures.js';
import './failure-reporter.js';
import { startFailingServers } from './failing-servers.js';
import {
  asProgram,
  asWorker,
  type Folders,
  inJest,
  inPage,
  inVitest,
  type RunInRuntime,
} from './failure-runtimes.js';

const RUN: Readonly<Record<RuntimeName, RunInRuntime>> = {
  'Node 22.13.0': asProgram('ESM', 'node-22.13/bin/node'),
  'Node 22.23.3': asProgram('ESM', 'node-22/bin/node'),
  'Node 24.21.0': asProgram('ESM', 'node-24/bin/node'),
  'Node 26.10.0': asProgram('ESM', 'node-26/bin/node'),
  'Bun 1.4.5': asProgram('ESM', '.bin/bun'),
  'Deno 2.9.5': asProgram('ESM', '.bin/deno', 'run', '--allow-all'),
  'workerd 2026-07-30': asWorker('2026-07-30'),
  Chromium: inPage('chromium'),
  Firefox: inPage('firefox'),
  'Jest 30.5.2': inJest,
  'vitest 5.1.1': inVitest('node'),
  'vitest 5.1.1 with jsdom 31.0.1': inVitest('jsdom'),
  'vitest 5.1.1 with happy-dom 21.0.4': inVitest('happy-dom'),
  'Node 24.21.0, CommonJS': asProgram('CJS', 'node-24/bin/node'),
  'Bun 1.4.5, CommonJS': asProgram('CJS', '.bin/bun'),
  'Deno 2.9.5, CommonJS': asProgram('CJS', '.bin/deno', 'run', '--allow-all'),
  'workerd 2024-09-23': asWorker('2024-09-23'),
  'workerd 2026-07-30 with nodejs_compat': asWorker('2026-07-30', ['nodejs_compat']),
};

/** A timeout that has to pass is short. The other calls have time on a busy machine. */
const TIMEOUT_MS = { short: 400, long: 20_000 };

/** Declares one suite per runtime, and one test per broken server. The calls run once, before them. */
export function testFailures(findFolders: () => Folders): void {
  const servers = listBrokenServers(inject('full'));
  const cells = servers.flatMap((server) => CALL_NAMES.map((call) => ({ server, call })));

  describe.each(listRuntimes(inject('full')))('broken servers in %s', (runtime) => {
    const results = new Map<
      string,
      { readonly result: CellResult | undefined; readonly requests: number | undefined }
    >();
    const toKey = (server: BrokenServer, call: CallName) => `${call}, ${server}`;
    let uncaught: readonly string[] = [];

    beforeAll(async () => {
      await using running = await startFailingServers();
      const report = await RUN[runtime](
        findFolders(),
        cells.map(({ server, call }) => {
          const { outcome } = findExpectation(runtime, server);
          return {
            call,
            baseUrl: running.findUrl(server, call),
            warmUpUrl: running.findWarmUpUrl(server),
            timeoutMs: outcome === 'timed out' ? TIMEOUT_MS.short : TIMEOUT_MS.long,
            failMax: RESULTS[outcome][call].countedFailures || 1,
          };
        }),
      );
      uncaught = report.uncaught;
      for (const [index, { server, call }] of cells.entries())
        results.set(toKey(server, call), {
          result: report.results[index],
          requests: running.countRequests(server, call),
        });
    });

    it('catches every error', () => {
      expect(uncaught).toEqual([]);
    });

    it.for(servers)('%s', (server, { task }) => {
      const observed = CALL_NAMES.map((call) => ({ call, ...results.get(toKey(server, call)) }));
      const isOutcome = (outcome: Outcome) =>
        observed.every(({ call, result }) =>
          isDeepStrictEqual({ ...RESULTS[outcome][call], ...result }, RESULTS[outcome][call]),
        );
      task.meta.brokenServer = { server, runtime, outcome: OUTCOMES.find(isOutcome) ?? '✗' };
      const { outcome, resends } = findExpectation(runtime, server);
      for (const { call, result, requests } of observed) {
        const expected = RESULTS[outcome][call];
        expect({ countedFailures: expected.countedFailures, ...result }, call).toEqual(expected);
        if (requests === undefined) continue;
        if (resends.includes(call)) expect(requests, call).toBeGreaterThanOrEqual(expected.attempts);
        else expect(requests, `requests of a ${call}`).toBe(expected.attempts);
      }
    });
  });
}
