import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';
import { formatMs } from './support/timers.js';

const LARGE_BODY = 'x'.repeat(200_000);
const PROGRAM = fileURLToPath(new URL('./support/close-and-exit.ts', import.meta.url));

describe('connections', () => {
  it('reuses connections over 1,000 retried 503s of 200 KB each', async ({ task }) => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    let requestIndex = 0;
    proxy.chooseFault = () =>
      requestIndex++ % 2 === 0
        ? { type: 'replace-response', response: rawResponse(503, LARGE_BODY), afterWrite: false }
        : undefined;
    const retry = { limit: 10, backoffMs: 1, budget: false } as const;
    const client = connect({ concurrency: 20, cache: false, breaker: false, retry });
    let retries = 0;
    client.on('retry', () => retries++);
    const outcomes: string[] = [];
    while (retries < 1_000)
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const outcome = await settle(client.personas.get(1));
          outcomes.push(outcomeCode(outcome));
        }),
      );
    const { open, total } = proxy.connections;
    addRow(task, {
      fault: `${retries} retried 503s with 200 KB, concurrency 20`,
      calls: outcomes.length,
      sent: proxy.requestCounts.get('GET') ?? 0,
      outcomes: `${countOutcomes(outcomes)}; ${open} sockets open at the end, ${total} opened in total`,
    });
    expect(open).toBeLessThanOrEqual(20);
    expect(total).toBeLessThanOrEqual(20);
  });

  it('does not keep the process alive after close()', async ({ task }) => {
    const { service } = await serveThroughProxy({ seed: true });
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/2' } });
    const { url } = await service.listen({ port: 0 });
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)),
      },
    });
    const output: string[] = [];
    let closedAt = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      output.push(chunk.toString());
      if (output.join('').includes('closed')) closedAt = performance.now();
    });
    const [code] = await once(child, 'exit');
    const exitMs = performance.now() - closedAt;
    const outcomes = `exited ${formatMs(exitMs)} after close()`;
    addRow(task, {
      fault: 'close() with global fetch, a call in flight, circuit open',
      calls: 7,
      sent: '',
      outcomes,
    });
    expect([code, output.join('').trim()]).toEqual([0, 'aborted closed']);
    expect(exitMs).toBeLessThan(2_000);
  });
});
