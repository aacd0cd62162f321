import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { inMs } from './support/timers.js';
import { settle, tally, world } from './support/world.js';

const BIG = 'x'.repeat(200_000);
const PROGRAM = fileURLToPath(new URL('./support/leaves.ts', import.meta.url));

describe('connections', () => {
  it('do not pile up over 1,000 retried 503s with 200 KB each', async ({ task }) => {
    const { connect, proxy } = await world({ seed: true });
    let nth = 0;
    proxy.plan = () =>
      nth++ % 2 === 0 ? { at: 'instead', answer: answered(503, BIG), afterWrite: false } : undefined;
    const retry = { limit: 10, backoffMs: 1, budget: false } as const;
    const client = connect({ concurrency: 20, cache: false, breaker: false, retry });
    let retried = 0;
    client.on('retry', () => retried++);
    const outcomes: string[] = [];
    while (retried < 1_000)
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const outcome = await settle(client.personas.get(1));
          outcomes.push('error' in outcome ? outcome.error.code : 'ok');
        }),
      );
    const { open, made } = proxy.connections;
    tell(task, {
      fault: `${retried} retried 503s with 200 KB, concurrency 20`,
      calls: outcomes.length,
      sent: proxy.requests.get('GET') ?? 0,
      outcomes: `${tally(outcomes)}; ${open} sockets open at the end, ${made} made in all`,
    });
    expect(open).toBeLessThanOrEqual(20);
    expect(made).toBeLessThanOrEqual(20);
  });

  it('keep no process alive after close()', async ({ task }) => {
    const { service } = await world({ seed: true });
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/2' } });
    const { url } = await service.listen({ port: 0 });
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)),
      },
    });
    const said: string[] = [];
    let closedAt = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      said.push(chunk.toString());
      if (said.join('').includes('closed')) closedAt = performance.now();
    });
    const [code] = await once(child, 'exit');
    const took = performance.now() - closedAt;
    const outcomes = `exited ${inMs(took)} after close()`;
    tell(task, {
      fault: 'close() with global fetch, a call under way, circuit open',
      calls: 7,
      sent: '',
      outcomes,
    });
    expect([code, said.join('').trim()]).toEqual([0, 'aborted closed']);
    expect(took).toBeLessThan(2_000);
  });
});
