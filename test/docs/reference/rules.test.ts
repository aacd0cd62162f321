import { readFileSync } from 'node:fs';
import { type Operation, PersonaClient, type PersonaError } from 'persona-client';
import { createPersonaService, dropAfterBytes, type Fault, fail, reset, stall } from 'persona-client/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CALLS, OPERATIONS } from '../../support/calls.js';
import { parseCodeSpans, parseTable } from '../readme/markdown.js';

const PAGE = readFileSync('docs/reference/rules.md', 'utf8');
const CALL_BY_METHOD = {
  GET: 'personas.get',
  PUT: 'personas.update',
  DELETE: 'personas.delete',
  POST: 'personas.create',
} as const satisfies Record<string, Operation>;

function setup(options: ConstructorParameters<typeof PersonaClient>[0] = {}) {
  const service = createPersonaService();
  const client = new PersonaClient({
    fetch: service.fetch,
    dialect: 'subresource',
    timeoutMs: 200,
    retry: { backoffMs: 1 },
    ...options,
  });
  onTestFinished(async () => {
    client.close();
    await service.close();
  });
  return { service, client };
}

/** The faults of a row of the table of retries. */
function faultsOf(row: string): Fault[] {
  if (row.startsWith('other statuses')) return [404, 409, 501, 505].map((status) => fail({ status }));
  if (row.includes('reset')) return [reset(), dropAfterBytes(5), stall()];
  return (row.match(/\d{3}/g) ?? []).map((status) => fail({ status: Number(status) }));
}

describe('the table of retries', () => {
  const rows = parseTable(PAGE, 'retries').filter(([row = '']) => !row.startsWith('connection refused'));

  test('has a test for each row but that of refused connections', () => {
    expect(rows.map(([row = '']) => faultsOf(row).length)).toEqual([3, 1, 6, 4]);
  });

  test('names exactly the statuses that the client retries, as the guide does', async () => {
    const guide = readFileSync('docs/guides/retries-and-timeouts.md', 'utf8');
    for (const row of rows) expect(guide).toContain(`| ${row.join(' | ')} |`);
    const { service, client } = setup({ breaker: false, retry: { backoffMs: 1, budget: false } });
    const retried: number[] = [];
    for (let status = 400; status < 600; status++) {
      service.faults.clear();
      service.faults.add(fail({ status }));
      const { length } = service.requests;
      await client.personas
        .get(1, { cache: 'no-store', retry: { limit: 1, backoffMs: 1 } })
        .catch(() => undefined);
      if (service.requests.length - length > 1) retried.push(status);
    }
    const named = rows.flatMap(([row = '']) => (row.startsWith('other') ? [] : (row.match(/\d{3}/g) ?? [])));
    expect(retried).toEqual(named.map(Number).toSorted());
  });

  const cases = rows.flatMap(([row = '', repeatable, create]) =>
    faultsOf(row).flatMap((fault) =>
      Object.keys(CALL_BY_METHOD).map((method) => ({
        method: method as keyof typeof CALL_BY_METHOD,
        fault,
        name: JSON.stringify(fault),
        retried: (method === 'POST' ? create : repeatable) === 'yes',
      })),
    ),
  );
  test.each(cases)('$method after $name', async ({ method, fault, retried }) => {
    const { service, client } = setup();
    service.faults.add({ ...fault, times: 1, match: { method } });
    await CALLS[CALL_BY_METHOD[method]].run(client, 1).catch(() => undefined);
    expect(service.requests.filter((request) => request.method === method).length).toBe(retried ? 2 : 1);
  });
});

describe('the table of the circuit breaker', () => {
  const ABORTED = AbortSignal.abort();
  const RUNS: Record<string, { effect: string; faults: readonly Fault[]; signal?: AbortSignal }> = {
    'no connection, reset, body cut off, attempt timeout, status 500 or higher': {
      effect: 'open',
      faults: [reset(), dropAfterBytes(5), stall(), fail({ status: 500 }), fail({ status: 503 })],
    },
    'every other status': {
      effect: 'closed',
      faults: [400, 401, 403, 404, 409, 429].map((status) => fail({ status })),
    },
    'abort, deadline, failure to obtain a token': { effect: 'closed', faults: [fail({})], signal: ABORTED },
  };

  test.each(Object.entries(RUNS))('%s', async (_, { effect, faults, signal }) => {
    for (const fault of faults) {
      const { service, client } = setup({ retry: false, breaker: { failMax: 1 } });
      service.faults.add(fault);
      await client.personas.get(1, signal && { signal }).catch(() => undefined);
      expect(client.circuit, JSON.stringify(fault)).toBe(effect);
    }
  });

  test('counts only the first 500 of a persona since the last success of another', async () => {
    const { service, client } = setup({ retry: false, cache: false, breaker: { failMax: 2 } });
    service.faults.add(fail({ status: 500, match: { path: '/api/v1/personas/1' } }));
    await client.personas.get(1).catch(() => undefined);
    await client.personas.get(2);
    for (let i = 0; i < 4; i++) await client.personas.get(1).catch(() => undefined);
    expect(client.circuit).toBe('closed');
  });

  test('has no other row', () => {
    const rows = parseTable(PAGE, 'circuit').map(([row]) => row);
    expect(rows.filter((row = '') => !(row in RUNS))).toEqual([
      'another 500 of a persona that failed, while other personas can be read',
    ]);
  });
});

test('the table of the cache lists the cached reads', async () => {
  const [uncached = [], ...cached] = parseTable(PAGE, 'cache').toReversed();
  const listed = cached.flatMap(([row = '']) =>
    row.startsWith('`get` of a category')
      ? ['demographic.get', 'psychographic.get', 'behavioral.get', 'contextual.get']
      : parseCodeSpans(row),
  );
  const { service, client } = setup();
  const reads = OPERATIONS.filter((name) => /\.(?:get|list)$/.test(name) && name !== 'schema.get');
  for (const name of reads) {
    await client.cache.clear();
    await CALLS[name].run(client, 1);
    const count = service.requests.length;
    await CALLS[name].run(client, 1);
    expect([name, service.requests.length === count]).toEqual([name, listed.includes(name)]);
  }
  expect(uncached[1]).toBe('not cached');
});

test('a call that fails at once because of the deadline says that it was not sent', async () => {
  const { service, client } = setup();
  service.faults.add(fail({ status: 503, headers: { 'Retry-After': '30' }, times: 1 }));
  await client.personas.get(1, { retry: false }).catch(() => undefined);
  const error = await client.personas.get(2, { deadlineMs: 1_000 }).catch((reason: PersonaError) => reason);
  expect(String(error)).toContain('was not sent');
});
