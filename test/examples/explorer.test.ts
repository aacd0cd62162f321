import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPersonaService, type PersonaService } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CallLog, inWords } from '../../examples/explorer/page/calls.js';

describe('what the page says of a call', () => {
  let service: PersonaService;
  let client: PersonaClient;
  beforeEach(() => {
    service = createPersonaService();
  });
  afterEach(async () => {
    client.close();
    await service.close();
  });

  /** The sentences about the calls that `act` makes, oldest first, without their milliseconds. */
  async function saidOf(options: ClientOptions, act: () => Promise<unknown>): Promise<string[]> {
    client = new PersonaClient({ fetch: service.fetch, dialect: 'subresource', ...options });
    const log = new CallLog(client);
    await act().catch(() => {});
    return log.records.map((record) => inWords(record).replace(/, \d+ ms$/, '')).reverse();
  }
  const quick = { retry: { backoffMs: 1 } };

  test('an answer, then the cache', async () => {
    const said = await saidOf(quick, async () => {
      await client.personas.get(1);
      await client.personas.get(1);
    });
    expect(said).toEqual(['personas.get 1: answered', 'personas.get: from the cache']);
  });

  test('equal reads at once', async () => {
    const said = await saidOf(quick, () => Promise.all([1, 1, 1].map((id) => client.personas.get(id))));
    const shared = 'personas.get 1: shared a read in flight';
    expect(said).toEqual(['personas.get 1: answered', shared, shared]);
  });

  test('retries, with their waits between the attempts', async () => {
    service.faults.add({ status: 503, times: 2 });
    expect(await saidOf(quick, () => client.personas.get(1))).toEqual(['personas.get 1: answered at try 3']);
    client = new PersonaClient({ fetch: service.fetch, ...quick });
    const log = new CallLog(client);
    service.faults.add({ status: 503, times: 1 });
    await client.personas.get(2);
    const [record] = log.records;
    expect(record?.stretches).toMatchObject([
      { kind: 'attempt', answer: '503', ok: false },
      { kind: 'wait' },
      { kind: 'attempt', answer: '200', ok: true },
    ]);
    const times = record?.stretches.flatMap(({ from, to }) => [from, to ?? Number.NaN]) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('a failure, then the open circuit', async () => {
    service.faults.add({ status: 500 });
    const said = await saidOf({ retry: false, breaker: { failMax: 1 } }, async () => {
      await client.personas.get(1).catch(() => {});
      await client.personas.get(2);
    });
    expect(said).toEqual(['personas.get 1: failed after 1 try', 'personas.get: circuit open, nothing sent']);
  });

  test('stale reads, with and without an attempt', async () => {
    const said = await saidOf({ retry: false, breaker: { failMax: 1 }, cache: { ttlMs: 0 } }, async () => {
      await client.personas.get(1);
      service.faults.add({ status: 500 });
      await client.personas.get(1);
      await client.personas.get(1);
    });
    expect(said).toEqual([
      'personas.get 1: answered',
      'personas.get 1: stale after 1 try',
      'personas.get: stale, nothing sent',
    ]);
  });

  test('a missing persona', async () => {
    expect(await saidOf(quick, () => client.personas.get(99))).toEqual([
      'personas.get 99: failed after 1 try',
    ]);
  });
});

test('npm run explorer brings service, page and control, and ends on SIGTERM', {
  timeout: 30_000,
}, async () => {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli');
  const env = { ...process.env, PORT: '0' };
  const child = spawn(process.execPath, [tsx, 'examples/explorer/main.ts'], { env });
  try {
    let url = '';
    for await (const line of createInterface({ input: child.stdout })) {
      url = /^Explorer at (\S+)$/.exec(line)?.[1] ?? '';
      if (url) break;
    }
    expect(await (await fetch(url)).text()).toContain('<h1>Persona explorer</h1>');
    const { baseUrl, trouble } = await (await fetch(`${url}/control`)).json();
    expect(trouble).toBe('healthy');

    const change = (body: unknown, type = 'application/json') =>
      fetch(`${url}/control`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify(body),
      });
    expect((await change({ trouble: 'failing' }, 'text/plain')).status).toBe(400);
    expect((await change({ trouble: 'toString' })).status).toBe(400);
    const status = async () => (await fetch(`${baseUrl}/api/v1/personas/1`)).status;
    expect(await status()).toBe(200);
    expect((await change({ trouble: 'failing' })).status).toBe(200);
    expect(await status()).toBe(503);
    await change({ trouble: 'healthy' });
    expect(await status()).toBe(200);
  } finally {
    child.kill('SIGTERM');
    expect([0, 143]).toContain((await once(child, 'exit'))[0]); // 143: Vite says by which signal it was ended
  }
});
