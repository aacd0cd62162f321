import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPersonaService, type PersonaService } from 'persona-client/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CallLog, describeCall } from '../../examples/explorer/page/call-log.js';

describe('the call log', () => {
  let service: PersonaService;
  let client: PersonaClient;
  beforeEach(() => {
    service = createPersonaService();
  });
  afterEach(async () => {
    client.close();
    await service.close();
  });

  /** Describes the calls that `run` makes, oldest first, without their durations. */
  async function describeCalls(options: ClientOptions, run: () => Promise<unknown>): Promise<string[]> {
    client = new PersonaClient({ fetch: service.fetch, dialect: 'subresource', ...options });
    const log = new CallLog(client);
    await run().catch(() => {});
    return log.records.map((record) => describeCall(record).replace(/, \d+ ms$/, '')).reverse();
  }
  const options = { retry: { backoffMs: 1 } };

  test('shows a request, then a cache hit', async () => {
    const descriptions = await describeCalls(options, async () => {
      await client.personas.get(1);
      await client.personas.get(1);
    });
    expect(descriptions).toEqual(['personas.get 1: succeeded', 'personas.get: from the cache']);
  });

  test('shows deduplicated reads', async () => {
    const descriptions = await describeCalls(options, () =>
      Promise.all([1, 1, 1].map((id) => client.personas.get(id))),
    );
    const shared = 'personas.get 1: shared a request';
    expect(descriptions).toEqual(['personas.get 1: succeeded', shared, shared]);
  });

  test('shows retries with the delays between attempts', async () => {
    service.faults.add({ status: 503, times: 2 });
    expect(await describeCalls(options, () => client.personas.get(1))).toEqual([
      'personas.get 1: succeeded at attempt 3',
    ]);
    client = new PersonaClient({ fetch: service.fetch, ...options });
    const log = new CallLog(client);
    service.faults.add({ status: 503, times: 1 });
    await client.personas.get(2);
    const [record] = log.records;
    expect(record?.segments).toMatchObject([
      { kind: 'attempt', result: '503', ok: false },
      { kind: 'delay' },
      { kind: 'attempt', result: '200', ok: true },
    ]);
    const times = record?.segments.flatMap(({ startMs, endMs }) => [startMs, endMs ?? Number.NaN]) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('shows a failure, then an open circuit', async () => {
    service.faults.add({ status: 503 });
    const descriptions = await describeCalls({ retry: false, breaker: { failMax: 1 } }, async () => {
      await client.personas.get(1).catch(() => {});
      await client.personas.get(2);
    });
    expect(descriptions).toEqual([
      'personas.get 1: failed after 1 attempt',
      'personas.get: circuit open, nothing sent',
    ]);
  });

  test('shows stale reads with and without an attempt', async () => {
    const descriptions = await describeCalls(
      { retry: false, breaker: { failMax: 1 }, cache: { ttlMs: 0 } },
      async () => {
        await client.personas.get(1);
        service.faults.add({ status: 500 });
        await client.personas.get(1);
        await client.personas.get(1);
      },
    );
    expect(descriptions).toEqual([
      'personas.get 1: succeeded',
      'personas.get 1: stale after 1 attempt',
      'personas.get: stale, nothing sent',
    ]);
  });

  test('shows a missing persona', async () => {
    expect(await describeCalls(options, () => client.personas.get(99))).toEqual([
      'personas.get 99: failed after 1 attempt',
    ]);
  });
});

test('npm run explorer starts service, page, and control route, and ends on SIGTERM', {
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
    const { baseUrl, mode } = await (await fetch(`${url}/control`)).json();
    expect(mode).toBe('healthy');

    const change = (body: unknown, type = 'application/json') =>
      fetch(`${url}/control`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify(body),
      });
    expect((await change({ mode: 'failing' }, 'text/plain')).status).toBe(400);
    expect((await change({ mode: 'toString' })).status).toBe(400);
    const status = async () => (await fetch(`${baseUrl}/api/v1/personas/1`)).status;
    expect(await status()).toBe(200);
    expect((await change({ mode: 'failing' })).status).toBe(200);
    expect(await status()).toBe(503);
    await change({ mode: 'healthy' });
    expect(await status()).toBe(200);
  } finally {
    child.kill('SIGTERM');
    expect([0, 143]).toContain((await once(child, 'exit'))[0]); // Vite exits with 143 after SIGTERM
  }
});
