import { describe, expect, it } from 'vitest';
import { randomFrom } from './support/random.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { settle, tally, world } from './support/world.js';

const down = { at: 'instead', answer: answered(503), afterWrite: false } as const;

describe('the retry budget', () => {
  it.for([
    ['all at once', 300],
    ['one after the other', 1],
  ] as const)(
    'a full outage, 300 calls %s: at most 1.1 requests for each',
    async ([how, atATime], { task }) => {
      const { connect, proxy } = await world({ seed: true });
      proxy.plan = () => down;
      const client = connect({ breaker: false, cache: false, retry: { backoffMs: 5 } });
      const codes: string[] = [];
      const call = async () => {
        const outcome = await settle(client.personas.get(1));
        codes.push('error' in outcome ? outcome.error.code : 'ok');
      };
      for (let left = 300; left > 0; left -= atATime)
        await Promise.all(Array.from({ length: atATime }, call));
      const sent = proxy.requests.get('GET') ?? 0;
      const outcomes = `${tally(codes)}; ${(sent / 300).toFixed(3)} requests per call`;
      tell(task, { fault: `outage, breaker off, ${how}`, calls: 300, sent, outcomes });
      expect(sent).toBeGreaterThan(300);
      expect(sent).toBeLessThanOrEqual(330);
    },
  );

  it.for([0.01, 0.05, 0.09])(
    'isolated failures, share %f: every one gets its retry',
    async (share, { task }) => {
      const { connect, proxy } = await world({ seed: true });
      const { next } = randomFrom(7);
      let last = false;
      proxy.plan = () => {
        last = !last && next() < share;
        return last ? down : undefined;
      };
      const client = connect({ cache: false, retry: { backoffMs: 5 } });
      const codes: string[] = [];
      for (let batch = 0; batch < 100; batch++)
        await Promise.all(
          Array.from({ length: 10 }, async () => {
            const outcome = await settle(client.personas.get(1));
            codes.push('error' in outcome ? outcome.error.code : 'ok');
          }),
        );
      const sent = proxy.requests.get('GET') ?? 0;
      const fault = `isolated 503s, ${share * 100} of 100 requests`;
      tell(task, { fault, calls: 1_000, sent, outcomes: tally(codes) });
      expect(codes.filter((code) => code !== 'ok')).toEqual([]);
      expect(sent).toBeGreaterThan(1_000);
    },
  );
});
