import type { PersonaClient } from 'persona-client';
import { PersonaNotFoundError, PersonaResponseError, PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { KINDS, startSwitchableService, toDialect } from '../../support/switchable-service.js';

const PROBE = 'GET /personas?page=1&per_page=1';
const RETRIES_OFF = { retry: false, cache: false } as const;

/** Calls whose route or result depends on the dialect. */
const CALLS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(1, { city: 'Oslo' }),
  'psychographic.get': (client) => client.psychographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, { lifestyle: 'calm' }),
  'behavioral.get': (client) => client.behavioral.get(1),
  'behavioral.update': (client) => client.behavioral.update(1, { browsing_habits: ['news'] }),
  'contextual.get': (client) => client.contextual.get(1),
  'contextual.update': (client) => client.contextual.update(1, { season: 'summer' }),
  'fieldConfig.get': (client) => client.fieldConfig.get(),
  'schema.get': (client) => client.schema.get(),
};

const CHANGES = KINDS.flatMap((from) => KINDS.filter((to) => to !== from).map((to) => [from, to] as const));

const isProbe = (request: string) => request === PROBE;

describe.each(CHANGES)('a service that changes from %s to %s', (from, to) => {
  it.each(Object.entries(CALLS))(
    'costs one failed request and one detection at most: %s',
    async (name, call) => {
      const { connect, switchTo, takeRequests } = await startSwitchableService(from);
      const client = connect(RETRIES_OFF);
      const detected: string[] = [];
      client.on('dialect', ({ dialect }) => detected.push(dialect));
      await client.psychographic.get(2);
      switchTo(to);
      takeRequests();
      await call(client);
      const requests = takeRequests();
      const extra = name === 'schema.get' ? 1 : 0; // the schema needs the field config, too
      expect(requests.filter(isProbe).length).toBeLessThanOrEqual(1 + extra);
      const verification = to === 'published subresource' ? 1 : 0; // reads the lists that a write returned as characters
      expect(requests.length).toBeLessThanOrEqual(3 + extra + verification);
      await client.contextual.get(2);
      await client.psychographic.update(2, { lifestyle: 'busy' });
      expect(detected).toEqual([...new Set([toDialect(from), toDialect(to)])]);
    },
  );

  it('is detected once by concurrent calls', async () => {
    const { connect, switchTo, takeRequests } = await startSwitchableService(from);
    const client = connect({ ...RETRIES_OFF, concurrency: 40 });
    await client.psychographic.get(2);
    switchTo(to);
    takeRequests();
    const ids = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(ids.flatMap((id) => [client.psychographic.get(id), client.contextual.get(id)]));
    const expectedProbes = toDialect(from) === toDialect(to) ? 0 : 1;
    expect(takeRequests().filter(isProbe)).toHaveLength(expectedProbes);
  });

  it('is noticed in a list, without a failed request', async () => {
    const { connect, switchTo, takeRequests } = await startSwitchableService(from);
    const client = connect(RETRIES_OFF);
    await client.personas.list();
    switchTo(to);
    await client.personas.list();
    takeRequests();
    await client.psychographic.get(1);
    await client.contextual.update(1, { season: 'winter' });
    expect(takeRequests()).toHaveLength(2);
  });

  it('may change again at once', async () => {
    const { connect, switchTo } = await startSwitchableService(from);
    const client = connect(RETRIES_OFF);
    for (let change = 0; change < 6; change++) {
      switchTo(change % 2 === 0 ? from : to);
      expect(await client.psychographic.get(1)).toHaveProperty('interests');
    }
  });

  it('changes between the calls of other views, too', async () => {
    const { connect, switchTo } = await startSwitchableService(from);
    const client = connect(RETRIES_OFF);
    const view = client.as({ token: 'a.b.c' });
    await client.psychographic.get(1);
    switchTo(to);
    expect(await view.psychographic.get(1)).toHaveProperty('interests');
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
  });

  it('serves no entry that the cache stored under a path of the old dialect', async () => {
    const { connect, services, switchTo, takeRequests } = await startSwitchableService(from);
    const client = connect({ retry: false });
    await client.psychographic.get(1);
    switchTo(to);
    const newService = services[to].connect({ dialect: toDialect(to) });
    await newService.psychographic.update(1, { lifestyle: 'new' });
    await client.contextual.get(1);
    takeRequests();
    const { lifestyle } = await client.psychographic.get(1);
    if (toDialect(from) !== toDialect(to)) expect(lifestyle).toBe('new');
    else expect(takeRequests()).toEqual([]); // the cached entry is still fresh
  });

  it('is noticed by a background revalidation', async () => {
    const { connect, switchTo } = await startSwitchableService(from);
    const client = connect({ retry: false, cache: { ttlMs: 1, staleWhileRevalidateMs: 60_000 } });
    await client.psychographic.get(1);
    switchTo(to);
    const corrected = new Promise<string>((resolve) => {
      client.on('dialect', ({ dialect }) => resolve(dialect));
      client.on('response', ({ status }) => status === 200 && resolve(toDialect(from)));
    });
    await expect
      .poll(() => client.withMeta.psychographic.get(1))
      .toMatchObject({ meta: { source: 'stale' } });
    expect(await corrected).toBe(toDialect(to));
  });
});

describe('detection after a missing route', () => {
  const html404 = () =>
    new Response('<h1>Not Found</h1>', { status: 404, headers: { 'content-type': 'text/html' } });

  it.each(KINDS)('happens once for a route that the service really lacks: %s', async (kind) => {
    const { connect, interceptWith, takeRequests } = await startSwitchableService(kind);
    interceptWith(({ path }) => (path.endsWith('/behavioral') ? html404() : undefined));
    const client = connect({ ...RETRIES_OFF, concurrency: 40 });
    await client.personas.list();
    takeRequests();
    const call = async (id: number) => {
      const error = await expectRejection(PersonaResponseError, client.behavioral.get(id));
      expect(error.code).toBe('route_not_found');
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => call(index + 1)));
    for (let id = 1; id <= 10; id++) await call(id);
    expect(takeRequests().filter(isProbe)).toHaveLength(1);
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    expect(takeRequests()).toHaveLength(1);
  });

  it.each(KINDS)('does not happen for a missing persona: %s', async (kind) => {
    const { connect, takeRequests } = await startSwitchableService(kind);
    const client = connect(RETRIES_OFF);
    await client.personas.list();
    takeRequests();
    await expectRejection(PersonaNotFoundError, client.personas.get(99_999));
    await expectRejection(PersonaNotFoundError, client.psychographic.get(99_999));
    await expectRejection(PersonaNotFoundError, client.contextual.update(99_999, { season: 'fall' }));
    expect(takeRequests()).toHaveLength(3);
  });

  it.each([
    ['subresource', 'attributes'],
    ['attributes', 'subresource'],
  ] as const)('does not happen if the dialect is configured: %s', async (configured, actual) => {
    const { connect, takeRequests } = await startSwitchableService(actual);
    const client = connect({ ...RETRIES_OFF, dialect: configured });
    const detected: string[] = [];
    client.on('dialect', ({ dialect }) => detected.push(dialect));
    await client.personas.list();
    for (const id of [1, 2]) {
      const error = await expectRejection(PersonaResponseError, client.psychographic.get(id));
      expect(error.code).toBe('route_not_found');
      expect(error.message).toContain("the option `dialect` ('auto', 'subresource' or 'attributes')");
    }
    expect(takeRequests()).toHaveLength(3);
    expect(detected).toEqual([]);
  });

  it('repeats a write only once, and applies it once', async () => {
    const { connect, services, switchTo, takeRequests } = await startSwitchableService('subresource');
    const client = connect(RETRIES_OFF);
    await client.personas.list();
    switchTo('attributes');
    takeRequests();
    const { data, meta } = await client.withMeta.psychographic.update(1, { lifestyle: 'new' });
    expect(data.lifestyle).toBe('new');
    expect(meta.attempts).toBe(2);
    expect(takeRequests()).toEqual([
      'PUT /personas/1/psychographic',
      PROBE,
      'PUT /personas/1/attributes/psychographic',
    ]);
    expect(
      services.attributes
        .requestLines()
        .filter((line) => line.startsWith('PUT') && line.includes('attributes')),
    ).toHaveLength(1);
  });

  it('sends a repeated call again to a route that disappears once more, then fails', async () => {
    const { connect, interceptWith, switchTo, takeRequests } = await startSwitchableService('subresource');
    const client = connect(RETRIES_OFF);
    await client.personas.list();
    switchTo('attributes');
    interceptWith(({ path }) => (path.endsWith('/psychographic') ? html404() : undefined));
    takeRequests();
    const error = await expectRejection(
      PersonaResponseError,
      client.psychographic.update(1, { lifestyle: 'x' }),
    );
    expect(error).toMatchObject({ code: 'route_not_found', maybeApplied: false });
    expect(takeRequests().filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  it.each(['attributes', 'in-between'] as const)(
    'lets a write pass that only the new service accepts: %s',
    async (to) => {
      const { connect, switchTo, takeRequests } = await startSwitchableService('subresource');
      const client = connect(RETRIES_OFF);
      await client.personas.list();
      switchTo(to);
      takeRequests();
      expect(await client.demographic.update(1, { age: 130 })).toHaveProperty('age', 130);
      expect(takeRequests()).toEqual([PROBE, 'PUT /personas/1']);
    },
  );

  it('happens once before the client rejects writes by the rules of `subresource`', async () => {
    const { connect, takeRequests } = await startSwitchableService('subresource');
    const client = connect(RETRIES_OFF);
    await client.personas.list();
    takeRequests();
    for (const id of [1, 2, 3])
      await expectRejection(PersonaValidationError, client.demographic.update(id, { age: 130 }));
    expect(takeRequests()).toEqual([PROBE]);
  });

  it('validates custom fields with the field config of the new service', async () => {
    const { connect, services, switchTo } = await startSwitchableService('attributes');
    const client = connect({ retry: false });
    await client.fieldConfig.get();
    switchTo('subresource');
    await client.personas.list();
    await client.contextual.update(1, { season: 'monsoon' as never }); // `subresource` has no options
    expect(services.subresource.requestLines().at(-1)).toBe('PUT /api/v1/personas/1/contextual');
  });
});
