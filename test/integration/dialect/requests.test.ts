import type { PersonaClient } from 'persona-client';
import { PersonaError, PersonaNotFoundError, PersonaServerError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, DIALECTS, serve } from '../../support/service.js';

const PROBE = 'GET /api/v1/personas?page=1&per_page=1';

/** Everything that has to know the dialect. */
const DEPENDENT: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(2, { city: 'Oslo' }),
  'psychographic.get': (client) => client.psychographic.get(3),
  'psychographic.update': (client) => client.psychographic.update(4, { lifestyle: 'calm' }),
  'contextual.get': (client) => client.contextual.get(5),
  'fieldConfig.get': (client) => client.fieldConfig.get(),
};

const useAll = async (client: PersonaClient) => {
  for (const call of Object.values(DEPENDENT)) await call(client);
};

describe.each(DIALECTS)('dialect auto against %s', (dialect) => {
  it.each(Object.entries(DEPENDENT))('%s first: one extra request, and none ever after', async (_, call) => {
    const { connect, asked } = await serve({ dialect });
    const client = connect({ cache: false });
    await call(client);
    expect(asked()[0]).toBe(PROBE);
    const first = asked().length;
    expect(first).toBe(call === DEPENDENT['fieldConfig.get'] && dialect === 'subresource' ? 1 : 2);
    await useAll(client);
    await client.personas.list();
    expect(asked().filter((request) => request === PROBE)).toHaveLength(1);
  });

  it('50 calls at once, the first of a client: one extra request for all of them', async () => {
    const { connect, asked } = await serve({ dialect, seed: 50 });
    const client = connect({ concurrency: 50 });
    const ids = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(ids.map((id) => client.behavioral.get(id)));
    expect(asked()).toHaveLength(51);
    expect(asked().filter((request) => request === PROBE)).toHaveLength(1);
  });

  it('pinned: no extra request', async () => {
    const { connect, asked } = await serve({ dialect });
    await useAll(connect({ dialect }));
    expect(asked()).not.toContain(PROBE);
    expect(asked()).toHaveLength(dialect === 'subresource' ? 5 : 6);
  });

  it('a list answered before: no extra request', async () => {
    const { connect, asked } = await serve({ dialect });
    const client = connect();
    await client.personas.list();
    await useAll(client);
    expect(asked()).not.toContain(PROBE);
  });

  it('calls that are the same in both never ask', async () => {
    const { connect, asked } = await serve({ dialect });
    const client = connect();
    await client.health.check();
    const { id } = await client.personas.create({ name: 'x' });
    await client.personas.get(id);
    await client.personas.update(id, { name: 'y' });
    await client.personas.delete(id);
    expect(asked()).not.toContain(PROBE);
  });

  it('a failed question is not remembered, neither as an answer nor as a failure', async () => {
    const { service, connect, asked } = await serve({ dialect });
    const client = connect({ retry: false, breaker: false });
    service.faults.add({ status: 503, times: 1 });
    const failed = await failureOf(PersonaServerError, client.psychographic.get(1));
    expect(failed.status).toBe(503);
    expect(asked()).toEqual([PROBE]);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    expect(asked().slice(1, 2)).toEqual([PROBE]);
    expect(asked()).toHaveLength(3);
  });

  it('the question is tried again like any read', async () => {
    const { service, connect, asked } = await serve({ dialect });
    service.faults.add({ status: 502, times: 2 });
    await connect({ retry: AT_ONCE }).psychographic.get(1);
    expect(asked().slice(0, 3)).toEqual([PROBE, PROBE, PROBE]);
    expect(asked()).toHaveLength(4);
  });

  it('says once what it found', async () => {
    const { connect } = await serve({ dialect });
    const client = connect();
    const found: string[] = [];
    client.on('dialect', (event) => found.push(event.dialect));
    await Promise.all([client.demographic.get(1), client.contextual.get(2), client.personas.list()]);
    expect(found).toEqual([dialect]);
  });
});

describe('an answer that tells in passing', () => {
  it('a missing persona, in the error shape of subresource', async () => {
    const { connect, asked } = await serve({ dialect: 'subresource' });
    const client = connect();
    await failureOf(PersonaNotFoundError, client.personas.get(99_999));
    await useAll(client);
    expect(asked()).not.toContain(PROBE);
  });

  it('a persona whose category has the keys of a row, as subresource gives it', async () => {
    const { connect, asked } = await serve({ dialect: 'subresource' });
    const client = connect();
    await client.personas.get(1);
    await useAll(client);
    expect(asked()).not.toContain(PROBE);
  });

  it.each([429, 502, 503])(
    'an error of a gateway tells nothing, whatever it looks like: %d',
    async (status) => {
      const { service, connect } = await serve({ dialect: 'attributes' });
      const body = JSON.stringify({ message: 'upstream is down', status_code: status });
      service.faults.add({ status, body, contentType: 'application/json', times: 1 });
      const client = connect({ retry: false });
      await failureOf(PersonaError, client.personas.get(1));
      expect(await client.psychographic.get(1)).toHaveProperty('interests');
    },
  );

  it('a persona of the attributes dialect tells nothing: asked once', async () => {
    const { connect, asked } = await serve({ dialect: 'attributes' });
    const client = connect();
    await client.personas.get(1);
    await useAll(client);
    expect(asked().filter((request) => request === PROBE)).toHaveLength(1);
  });
});
