import type { ClientOptions } from 'persona-client';
import { describe, expect, it, type TestContext } from 'vitest';
import { type Told, verdictOn } from './support/ledger.js';
import { randomFrom } from './support/random.js';
import { tell } from './support/table.js';
import { settle, tally, world } from './support/world.js';

const CALLS = 2_000;
const IDLE_MS = 4;
const CLIENTS = 4;

/** Calls that come just when the server closes their connection, as it was idle for so long. */
async function race<T>(pause: () => number, call: (at: number) => Promise<T>): Promise<void> {
  let at = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (at < CALLS) {
        await call(at++);
        await new Promise((resolve) => setTimeout(resolve, pause()));
      }
    }),
  );
}

async function setUp(options: ClientOptions) {
  const all = await world({ seed: true });
  all.proxy.idleMs = IDLE_MS;
  const { next } = randomFrom(11);
  const client = all.connect({ cache: false, retry: { backoffMs: 20 }, ...options });
  let broken = 0;
  client.on('response', ({ error }) => {
    if (error === 'connection_failed') broken++;
  });
  return { ...all, client, pause: () => IDLE_MS - 1 + next() * 2, broken: () => broken };
}

describe('a server that closes idle connections at the cadence of the client', () => {
  it('fails no idempotent call', async ({ task }) => {
    const { client, proxy, pause, broken } = await setUp({ retry: { limit: 6, backoffMs: 20 } });
    const outcomes: string[] = [];
    await race(pause, async () => {
      const outcome = await settle(client.personas.get(1));
      outcomes.push('error' in outcome ? outcome.error.code : 'ok');
    });
    const met = `${tally(outcomes)}; ${broken()} attempts met a closed connection`;
    tell(task, {
      fault: 'keep-alive race, GET',
      calls: outcomes.length,
      sent: proxy.requests.get('GET') ?? 0,
      outcomes: met,
    });
    expect(outcomes.filter((outcome) => outcome !== 'ok')).toEqual([]);
  });

  async function creates(task: TestContext['task'], options: ClientOptions, fault: string) {
    const { client, proxy, pause, broken, held } = await setUp({ breaker: false, ...options });
    const told = new Map<string, Told>();
    const codes: string[] = [];
    await race(pause, async (at) => {
      const outcome = await settle(client.personas.create({ name: `Persona ${at}` }));
      const failed = 'error' in outcome ? outcome.error : undefined;
      told.set(`Persona ${at}`, failed ? (failed.maybeApplied ? 'maybe applied' : 'not applied') : 'created');
      if (failed) codes.push(failed.code);
    });
    const { duplicates, lost, untrue } = verdictOn(told, await held());
    const outcomes = `${tally(told.values())}; ${broken()} attempts met a closed connection`;
    tell(task, {
      fault,
      calls: told.size,
      sent: proxy.requests.get('POST') ?? 0,
      outcomes,
      duplicates,
      lost,
    });
    expect({ duplicates, lost, untrue }).toEqual({ duplicates: 0, lost: 0, untrue: [] });
    expect(new Set(codes).size).toBeLessThanOrEqual(1);
    return { told, codes };
  }

  it('fails a create with a typed error that admits the doubt', async ({ task }) => {
    const { codes } = await creates(task, {}, 'keep-alive race, create');
    expect(codes.filter((code) => code !== 'connection_failed')).toEqual([]);
  });

  it("fails no create with onUnknownOutcome: 'reconcile', and duplicates none", async ({ task }) => {
    const retry = { limit: 10, backoffMs: 20 };
    const options = { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 50, retry } as const;
    const { told } = await creates(task, options, "keep-alive race, create, onUnknownOutcome: 'reconcile'");
    expect([...told.values()].filter((state) => state !== 'created')).toEqual([]);
  });
});
