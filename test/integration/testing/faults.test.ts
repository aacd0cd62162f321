import * as fc from 'fast-check';
import { PersonaServerError } from 'persona-client';
import {
  createPersonaService,
  delay,
  dropAfterBytes,
  expireTokens,
  type Fault,
  fail,
  reset,
  stall,
} from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, serve } from '../../support/service.js';

const auth = { users: { admin: 'secret' } };
const match = { path: '/api/v1/personas/1' };

describe('faults by their names', () => {
  it('fail is an answer in place of the real one, 503 where nothing else is said', async () => {
    const { service, connect, asked } = await serve();
    const client = connect({ retry: AT_ONCE, cache: false });
    service.faults.add(fail({ times: 2, match }));
    expect((await client.withMeta.personas.get(1)).meta.attempts).toBe(3);
    expect(service.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
    service.faults.add(fail({ status: 418, body: 'teapot', times: 1, match }));
    await client.personas.get(1).catch(() => {});
    expect(service.requests.at(-1)?.status).toBe(418);
    expect(asked()).toHaveLength(4);
  });

  it('delay waits, and the request is handled as usual', async () => {
    const { service, connect } = await serve();
    const client = connect({ timeoutMs: 30, retry: false, cache: false });
    service.faults.add(delay(3_600_000, { times: 1, match }));
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'timeout' });
    service.faults.add(delay(1, { match }));
    expect((await client.personas.get(1, { timeoutMs: 10_000 })).id).toBe(1);
  });

  it('reset cuts the connection; afterWrite, once the request was carried out', async () => {
    const { service, connect } = await serve({ seed: false });
    const client = connect({ retry: false });
    service.faults.add(reset({ afterWrite: true, match: { method: 'POST' }, times: 1 }));
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
    });
    expect((await client.personas.list()).items.map(({ name }) => name)).toEqual(['Ada']);
  });

  it('dropAfterBytes lets so much of the body through', async () => {
    const { service, connect } = await serve();
    service.faults.add(dropAfterBytes(10, { times: 1, match }));
    const { meta } = await connect({ retry: AT_ONCE }).withMeta.personas.get(1);
    expect(meta.timeline.filter(({ event }) => event === 'response')).toMatchObject([
      { error: 'connection_failed' },
      { status: 200 },
    ]);
    const { body } = await service.fetch('http://any/api/v1/personas/1');
    const whole = (await new Response(body).text()).length;
    service.faults.add(dropAfterBytes(10));
    const reader = (await service.fetch('http://any/api/v1/personas/1')).body?.getReader();
    expect((await reader?.read())?.value?.byteLength).toBe(10);
    expect(whole).toBeGreaterThan(10);
    await expect(reader?.read()).rejects.toThrow(TypeError);
  });

  it('stall is silence after the headers', async () => {
    const { service, connect } = await serve();
    service.faults.add(stall({ match }));
    const client = connect({ timeoutMs: 30, retry: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'timeout', scope: 'attempt' });
  });

  it('expireTokens ends the tokens once: those of access, or all', async () => {
    const { service, connect, asked } = await serve({ auth });
    const client = connect({ auth: { username: 'admin', password: 'secret' }, cache: false });
    await client.personas.get(1);
    service.faults.add(expireTokens());
    await client.personas.get(1);
    service.faults.add(expireTokens('all'));
    await client.personas.get(1);
    await client.personas.get(1);
    expect(asked().filter((request) => request.includes('/auth/'))).toEqual([
      'POST /api/v1/auth/login',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/auth/login',
    ]);
  });

  it('are data: what JSON keeps of them does the same', async () => {
    const { service, connect } = await serve({ auth });
    const faults = [fail(), delay(1), reset(), dropAfterBytes(3), stall(), expireTokens('all', { times: 2 })];
    for (const fault of faults) {
      const read: Fault = JSON.parse(JSON.stringify(fault));
      expect(read).toEqual(fault);
      service.faults.add(read)();
    }
    const client = connect({ retry: false, auth: { username: 'admin', password: 'secret' } });
    expect((await client.personas.get(1)).id).toBe(1); // each was taken away again
    service.faults.add(fail({ status: 500 }));
    await failureOf(PersonaServerError, client.personas.get(2));
  });
});

it('a number that is none is refused when the fault is added, whichever fault and number', () => {
  const { faults } = createPersonaService();
  const wrong = fc.oneof(fc.constant(Number.NaN), fc.double({ max: -Number.MIN_VALUE, noNaN: true }));
  fc.assert(
    fc.property(wrong, (value) => {
      const all: readonly Fault[] = [
        fail({ times: value }),
        delay(value),
        stall({ delayMs: value }),
        dropAfterBytes(value),
      ];
      for (const fault of all)
        expect(() => faults.add(fault)).toThrow(/^A fault's \w+ is a number from 0 on/);
    }),
  );
});
