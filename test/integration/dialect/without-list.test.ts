import {
  type PersonaClient,
  PersonaError,
  PersonaNotFoundError,
  PersonaPermissionError,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { CALLS, OPERATIONS } from '../../support/calls.js';
import { expectRejection } from '../../support/failures.js';
import { KINDS, startSwitchableService, toDialect } from '../../support/switchable-service.js';

const html = (status: number) =>
  new Response('<h1>Proxy</h1>', { status, headers: { 'content-type': 'text/html' } });

/** What a client may get instead of a list. */
const LIST_RESPONSES: Readonly<Record<string, () => Response>> = {
  '403': () => Response.json({ error: 'no' }, { status: 403 }),
  '404 as HTML': () => html(404),
  '404 as JSON': () => Response.json({ message: 'Not found', status_code: 404 }, { status: 404 }),
  '405': () => html(405),
  '500': () => Response.json({ error: "'NoneType' object has no attribute 'get'" }, { status: 500 }),
  '500 of subresource or a proxy': () =>
    Response.json({ message: 'Internal server error', status_code: 500 }, { status: 500 }),
  'an HTML page': () => html(200),
  'JSON that is no list': () => Response.json({ personas: [] }),
  'a list that is not JSON': () => new Response('{"personas":[{"age":NaN}],"per_page":1}', { status: 200 }),
};

const isList = (path: string) => path.endsWith('/personas');
const OPTIONS = { retry: false, cache: false } as const;

/** Operations that need no list of their own. */
const FIRST_CALLS = OPERATIONS.filter((operation) => operation !== 'personas.list');

const readCategories = async (client: PersonaClient) => {
  expect(await client.psychographic.get(2)).toHaveProperty('interests');
  expect(await client.contextual.update(2, { season: 'fall' })).toHaveProperty('season', 'fall');
};

describe.each(KINDS)('dialect detection without a list: %s', (kind) => {
  describe.each(Object.entries(LIST_RESPONSES))('the list responds with %s', (_, respond) => {
    it('detects the dialect with other routes of the first call', async () => {
      for (const name of ['psychographic.get', 'demographic.update', 'contextual.update'] as const) {
        const { connect, interceptWith } = await startSwitchableService(kind);
        interceptWith(({ method, path }) => (method === 'GET' && isList(path) ? respond() : undefined));
        const client = connect(OPTIONS);
        const detected: string[] = [];
        client.on('dialect', ({ dialect }) => detected.push(dialect));
        await CALLS[name].run(client, 1);
        await readCategories(client);
        expect(detected).toEqual([toDialect(kind)]);
      }
    });
  });

  it.each(FIRST_CALLS)('works after any first call: %s', async (operation) => {
    const { connect, interceptWith } = await startSwitchableService(kind);
    interceptWith(({ method, path }) =>
      method === 'GET' && isList(path) ? Response.json({ error: 'no' }, { status: 403 }) : undefined,
    );
    const client = connect(OPTIONS);
    await CALLS[operation].run(client, 3).catch(() => {});
    await readCategories(client);
  });

  it('needs no list after the read of a persona with unset categories', async () => {
    const { connect, takeRequests } = await startSwitchableService(kind);
    const client = connect(OPTIONS);
    const { id } = await connect().personas.create({ name: 'Ada', contextual: { season: 'fall' } });
    await client.personas.get(id);
    takeRequests();
    await client.psychographic.get(id);
    expect(takeRequests()).toHaveLength(1);
  });

  it('reports a missing persona', async () => {
    const { connect, interceptWith } = await startSwitchableService(kind);
    interceptWith(({ path }) => (isList(path) ? html(403) : undefined));
    await expectRejection(PersonaNotFoundError, connect(OPTIONS).psychographic.get(99_999));
  });

  it('detects a change of the dialect', async () => {
    const { connect, interceptWith, switchTo, takeRequests } = await startSwitchableService(kind);
    interceptWith(({ path }) => (isList(path) ? html(403) : undefined));
    const client = connect(OPTIONS);
    for (const next of ['subresource', 'attributes', 'in-between', 'subresource'] as const) {
      switchTo(next);
      await readCategories(client);
    }
    takeRequests();
    await readCategories(client);
    expect(takeRequests()).toHaveLength(2);
  });

  it('fails with the reason and the name of the option if nothing shows the dialect', async () => {
    const { connect, interceptWith, takeRequests } = await startSwitchableService(kind);
    interceptWith(() => Response.json({ error: 'no' }, { status: 403 }));
    const error = await expectRejection(PersonaPermissionError, connect(OPTIONS).psychographic.get(1));
    expect(error.message).toMatch(
      /^psychographic\.get .*could not be sent: dialect\.probe .* failed with 403/,
    );
    expect(error.message).toContain("unless the option `dialect` is 'subresource' or 'attributes'");
    expect(takeRequests().length).toBeLessThanOrEqual(4);
  });

  it('sends no other request if the service is unavailable', async () => {
    const { connect, interceptWith, takeRequests } = await startSwitchableService(kind);
    interceptWith(() => html(503));
    const error = await expectRejection(PersonaError, connect(OPTIONS).psychographic.get(1));
    expect(error).toMatchObject({ code: 'server_error', status: 503 });
    expect(takeRequests()).toHaveLength(1);
  });

  it('asks again for a caller who shares the failed detection of another one', async () => {
    const { connect, interceptWith } = await startSwitchableService(kind);
    interceptWith(({ path }) =>
      isList(path) || path.endsWith('/personas/1') || path.includes('/personas/1/') ? html(403) : undefined,
    );
    const client = connect(OPTIONS);
    const forbidden = client.psychographic.get(1);
    const permitted = client.psychographic.get(2);
    await expectRejection(PersonaPermissionError, forbidden);
    expect(await permitted).toHaveProperty('interests');
  });
});

describe('fieldConfig.get without a list', () => {
  it.each(['attributes', 'in-between'] as const)(
    'detects the dialect with its own route: %s',
    async (kind) => {
      const { connect, interceptWith } = await startSwitchableService(kind);
      interceptWith(({ path }) => (isList(path) ? html(403) : undefined));
      const { meta } = await connect(OPTIONS).withMeta.fieldConfig.get();
      expect(meta.source).toBe('network');
    },
  );

  it('names the option if nothing shows the dialect', async () => {
    const { connect, interceptWith } = await startSwitchableService('subresource');
    interceptWith(({ path }) => (isList(path) ? html(403) : undefined));
    const error = await expectRejection(PersonaPermissionError, connect(OPTIONS).fieldConfig.get());
    expect(error.message).toContain('the option `dialect`');
  });
});
