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
import { ADMIN, USERS } from '../../support/auth.js';
import { expectRejection } from '../../support/failures.js';
import { NO_BACKOFF, startService } from '../../support/service.js';

const auth = { users: USERS };
const match = { path: '/api/v1/personas/1' };

describe('fault functions', () => {
  it('fail replaces the response, with 503 by default', async () => {
    const { service, connect, requestLines } = await startService();
    const client = connect({ retry: NO_BACKOFF, cache: false });
    service.faults.add(fail({ times: 2, match }));
    expect((await client.withMeta.personas.get(1)).meta.attempts).toBe(3);
    expect(service.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
    service.faults.add(fail({ status: 418, body: 'teapot', times: 1, match }));
    await client.personas.get(1).catch(() => {});
    expect(service.requests.at(-1)?.status).toBe(418);
    expect(requestLines()).toHaveLength(4);
  });

  it('delay delays a request, which is then handled as usual', async () => {
    const { service, connect } = await startService();
    const client = connect({ timeoutMs: 30, retry: false, cache: false });
    service.faults.add(delay(3_600_000, { times: 1, match }));
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'timeout' });
    service.faults.add(delay(1, { match }));
    expect((await client.personas.get(1, { timeoutMs: 10_000 })).id).toBe(1);
  });

  it('reset ends the connection, and afterWrite handles the request first', async () => {
    const { service, connect } = await startService({ seed: false });
    const client = connect({ retry: false });
    service.faults.add(reset({ afterWrite: true, match: { method: 'POST' }, times: 1 }));
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
    });
    expect((await client.personas.list()).items.map(({ name }) => name)).toEqual(['Ada']);
  });

  it('dropAfterBytes truncates the body', async () => {
    const { service, connect } = await startService();
    service.faults.add(dropAfterBytes(10, { times: 1, match }));
    const { meta } = await connect({ retry: NO_BACKOFF }).withMeta.personas.get(1);
    expect(meta.timeline.filter(({ event }) => event === 'response')).toMatchObject([
      { error: 'connection_failed' },
      { status: 200 },
    ]);
    const { body } = await service.fetch('http://any/api/v1/personas/1');
    const totalLength = (await new Response(body).text()).length;
    service.faults.add(dropAfterBytes(10));
    const reader = (await service.fetch('http://any/api/v1/personas/1')).body?.getReader();
    expect((await reader?.read())?.value?.byteLength).toBe(10);
    expect(totalLength).toBeGreaterThan(10);
    await expect(reader?.read()).rejects.toThrow(TypeError);
  });

  it('stall sends nothing after the headers', async () => {
    const { service, connect } = await startService();
    service.faults.add(stall({ match }));
    const client = connect({ timeoutMs: 30, retry: false });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'timeout', scope: 'attempt' });
  });

  it('expireTokens applies once, to access tokens or to all tokens', async () => {
    const { service, connect, requestLines } = await startService({ auth });
    const client = connect({ auth: ADMIN, cache: false });
    await client.personas.get(1);
    service.faults.add(expireTokens());
    await client.personas.get(1);
    service.faults.add(expireTokens('all'));
    await client.personas.get(1);
    await client.personas.get(1);
    expect(requestLines().filter((request) => request.includes('/auth/'))).toEqual([
      'POST /api/v1/auth/login',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/auth/login',
    ]);
  });

  it('are plain data that survives JSON', async () => {
    const { service, connect } = await startService({ auth });
    const faults = [fail(), delay(1), reset(), dropAfterBytes(3), stall(), expireTokens('all', { times: 2 })];
    for (const fault of faults) {
      const read: Fault = JSON.parse(JSON.stringify(fault));
      expect(read).toEqual(fault);
      service.faults.add(read)();
    }
    const client = connect({ retry: false, auth: ADMIN });
    expect((await client.personas.get(1)).id).toBe(1); // every fault was removed
    service.faults.add(fail({ status: 500 }));
    await expectRejection(PersonaServerError, client.personas.get(2));
  });
});

it('rejects NaN, negative numbers and values that are not numbers', () => {
  const { faults } = createPersonaService();
  const invalidNumber = fc.oneof(
    fc.constantFrom<unknown>(Number.NaN, '1', null, [1], {}, true),
    fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
  );
  fc.assert(
    fc.property(invalidNumber, (number) => {
      const value = number as number;
      const uses = [
        () => fail({ times: value }),
        () => stall({ delayMs: value }),
        () => faults.add(delay(value)),
        () => faults.add(dropAfterBytes(value)),
        () => faults.add({ reset: true, times: value }),
      ];
      for (const use of uses) expect(use).toThrow(/^[\w.]+: \w+ must be a number of at least 0$/);
    }),
  );
});

it.each([
  { status: '500' },
  { status: 199 },
  { status: 600 },
  { status: 500.5 },
  { status: 500, contentType: 5 },
  { expireTokens: 'some' },
  { reset: true, afterWrite: 1 },
])('the function that receives the fault %j rejects it', (fault) => {
  const { faults } = createPersonaService({ auth });
  expect(() => faults.add(fault as never)).toThrow(/^faults\.add: \w+ must be /);
  if ('status' in fault) expect(() => fail(fault as never)).toThrow(/^fail: \w+ must be /);
});

it.each([{}, { status: undefined }, { status: undefined, delayMs: 1 }, { delayMs: undefined }, { times: 1 }])(
  'rejects %j, which contains no fault',
  (fault) => {
    expect(() => createPersonaService().faults.add(fault as never)).toThrow('A fault needs one of status, ');
  },
);
