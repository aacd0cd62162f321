import { describe, expect, it } from 'vitest';
import { type Told, verdictOn } from './support/ledger.js';
import type { Cut } from './support/proxy.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { settle, tally, world } from './support/world.js';

const data = (name: string) => ({ name, psychographic: { interests: ['engines', 'poetry'] } });
const nameAt = (at: number) => `byte ${String(at).padStart(4, '0')}`;

const stateOf = (outcome: Awaited<ReturnType<typeof settle>>): Told =>
  'value' in outcome ? 'created' : outcome.error.maybeApplied ? 'maybe applied' : 'not applied';

describe.each(['subresource', 'attributes'] as const)('a create, %s', (dialect) => {
  it.for([
    ['request', 'reset'],
    ['request', 'end'],
    ['response', 'reset'],
    ['response', 'end'],
  ] as const)('cut at every byte of its %s, by %s', async ([at, how], { task }) => {
    const { connect, proxy, held } = await world({ dialect });
    const client = connect({ breaker: false, retry: { backoffMs: 0 } });
    const told = new Map<string, Told>();
    for (let bytes = 0, beyond = false; !beyond; bytes++) {
      const before = proxy.cuts;
      proxy.plan = (): Cut => (at === 'request' ? { at, bytes, how } : { at, bytes, how });
      told.set(nameAt(bytes), stateOf(await settle(client.personas.create(data(nameAt(bytes))))));
      beyond = proxy.cuts === before;
    }

    const { duplicates, lost, untrue } = verdictOn(told, await held());
    const sent = proxy.requests.get('POST') ?? 0;
    const fault = `create cut at every byte of the ${at}, ${how} (${dialect})`;
    tell(task, { fault, calls: told.size, sent, outcomes: tally(told.values()), duplicates, lost });
    expect(told.size).toBeGreaterThan(300);
    expect({ sent, duplicates, lost, untrue }).toEqual({
      sent: told.size,
      duplicates: 0,
      lost: 0,
      untrue: [],
    });
    expect([...told.values()].filter((state) => state === 'created')).toHaveLength(1); // the one past the end
  });

  it.for([
    ['a 503 in place of the answer, after the write', 'maybe applied', answered(503), true, 1],
    ['a 500 in place of the answer, before the write', 'maybe applied', answered(500), false, 0],
    ['a 429 with no Retry-After', 'not applied', answered(429), false, 0],
    ['a 502 of a gateway, after the write', 'maybe applied', answered(502, '<h1>Bad Gateway</h1>'), true, 1],
    ['a 201 without a body, after the write', 'maybe applied', answered(201), true, 1],
    ['a 201 that is not JSON, after the write', 'maybe applied', answered(201, '{"id": 1, "na'), true, 1],
  ] as const)('%s', async ([what, state, answer, afterWrite, count], { task }) => {
    const { connect, proxy, held } = await world({ dialect });
    proxy.plan = (): Cut => ({ at: 'instead', answer, afterWrite });
    const client = connect({ breaker: false, retry: { limit: 3, backoffMs: 0 } });
    const told = new Map([['Ada', stateOf(await settle(client.personas.create(data('Ada'))))]]);
    const sent = proxy.requests.get('POST') ?? 0;
    const really = await held();
    const { duplicates, lost } = verdictOn(told, really);
    tell(task, { fault: `create, ${what} (${dialect})`, calls: 1, sent, outcomes: state, duplicates, lost });
    expect(told.get('Ada')).toBe(state);
    expect(really.get('Ada')?.length ?? 0).toBe(count);
    expect(sent).toBe(state === 'not applied' ? 4 : 1);
  });
});

describe('a create that cannot connect', () => {
  it('is tried again, and nothing can have happened', async ({ task }) => {
    const { connect, service } = await world();
    const { url, close } = await service.listen({ port: 0 });
    await close();
    const outcome = await settle(
      connect({ baseUrl: url, breaker: false, retry: { backoffMs: 0 } }).personas.create(data('Ada')),
    );
    tell(task, {
      fault: 'create, nobody listens',
      calls: 1,
      sent: 0,
      outcomes: stateOf(outcome),
      duplicates: 0,
      lost: 0,
    });
    expect(outcome).toMatchObject({ error: { code: 'connection_failed', attempts: 4, maybeApplied: false } });
    expect(service.requests).toHaveLength(0);
  });

  it('is created once the service listens again', async ({ task }) => {
    const { connect, service, held } = await world();
    const { url, port, close } = await service.listen({ port: 0 });
    await close();
    const client = connect({ baseUrl: url, retry: { backoffMs: 100 } });
    const listening = new Promise((resolve) => {
      client.on('retry', ({ attempt }) => attempt === 2 && resolve(service.listen({ port })));
    });
    const outcome = await settle(client.personas.create(data('Ada')));
    await listening;
    const really = await held();
    const { duplicates, lost } = verdictOn(new Map([['Ada', stateOf(outcome)]]), really);
    const sent = service.requests.length;
    tell(task, {
      fault: 'create, nobody listens at first',
      calls: 1,
      sent,
      outcomes: stateOf(outcome),
      duplicates,
      lost,
    });
    expect(really.get('Ada')).toHaveLength(1);
    expect(stateOf(outcome)).toBe('created');
  });
});
