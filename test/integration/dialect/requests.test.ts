import type { PersonaClient } from 'persona-client';
import { PersonaServerError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

const PROBE = 'GET /api/v1/personas?page=1&per_page=1';

/** Calls whose route depends on the dialect. */
const DIALECT_CALLS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(2, { city: 'Oslo' }),
  'psychographic.get': (client) => client.psychographic.get(3),
  'psychographic.update': (client) => client.psychographic.update(4, { lifestyle: 'calm' }),
  'contextual.get': (client) => client.contextual.get(5),
};

const runAll = async (client: PersonaClient) => {
  for (const call of Object.values(DIALECT_CALLS)) await call(client);
};

describe.each(DIALECTS)("dialect: 'auto' against %s", (dialect) => {
  it.each(Object.entries(DIALECT_CALLS))(
    'sends one probe if the first call is %s, and none later',
    async (_, call) => {
      const { connect, requestLines } = await startService({ dialect });
      const client = connect({ cache: false });
      await call(client);
      expect(requestLines()).toHaveLength(2);
      expect(requestLines()[0]).toBe(PROBE);
      await runAll(client);
      await client.personas.list();
      expect(requestLines().filter((request) => request === PROBE)).toHaveLength(1);
    },
  );

  it('sends one probe for 50 simultaneous first calls', async () => {
    const { connect, requestLines } = await startService({ dialect, seed: 50 });
    const client = connect({ concurrency: 50 });
    const ids = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(ids.map((id) => client.behavioral.get(id)));
    expect(requestLines()).toHaveLength(51);
    expect(requestLines().filter((request) => request === PROBE)).toHaveLength(1);
  });

  it('sends no probe if the dialect is configured', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const client = connect({ dialect });
    await runAll(client);
    await client.fieldConfig.get();
    expect(requestLines()).not.toContain(PROBE);
    expect(requestLines()).toHaveLength(dialect === 'subresource' ? 5 : 6);
  });

  it('sends one probe if the first call is fieldConfig.get', async () => {
    const { connect, requestLines } = await startService({ dialect });
    await connect().fieldConfig.get();
    expect(requestLines()).toEqual(dialect === 'subresource' ? [PROBE] : [PROBE, 'GET /api/v1/field-config']);
  });

  it('sends no probe after a list', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const client = connect();
    await client.personas.list();
    await runAll(client);
    expect(requestLines()).not.toContain(PROBE);
  });

  it('sends no probe for calls that are equal in both dialects', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const client = connect();
    await client.health.check();
    const { id } = await client.personas.create({ name: 'x' });
    await client.personas.get(id);
    await client.personas.update(id, { name: 'y' });
    await client.personas.delete(id);
    expect(requestLines()).not.toContain(PROBE);
  });

  it('sends another probe after a failed one', async () => {
    const { service, connect, requestLines } = await startService({ dialect });
    const client = connect({ retry: false, breaker: false });
    service.faults.add({ status: 503, times: 1 });
    const error = await expectRejection(PersonaServerError, client.psychographic.get(1));
    expect(error.status).toBe(503);
    expect(requestLines()).toEqual([PROBE]);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    expect(requestLines().slice(1, 2)).toEqual([PROBE]);
    expect(requestLines()).toHaveLength(3);
  });

  it('retries the probe', async () => {
    const { service, connect, requestLines } = await startService({ dialect });
    service.faults.add({ status: 502, times: 2 });
    await connect({ retry: NO_BACKOFF }).psychographic.get(1);
    expect(requestLines().slice(0, 3)).toEqual([PROBE, PROBE, PROBE]);
    expect(requestLines()).toHaveLength(4);
  });

  it('emits one dialect event', async () => {
    const { connect } = await startService({ dialect });
    const client = connect();
    const detected: string[] = [];
    client.on('dialect', (event) => detected.push(event.dialect));
    await Promise.all([client.demographic.get(1), client.contextual.get(2), client.personas.list()]);
    expect(detected).toEqual([dialect]);
  });
});
