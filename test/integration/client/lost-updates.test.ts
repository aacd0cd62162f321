import { inspect } from 'node:util';
import { QueryClient } from '@tanstack/query-core';
import {
  type Persona,
  type PersonaClient,
  PersonaConflictError,
  PersonaConnectionError,
  PersonaNotFoundError,
  PersonaValidationError,
  type UpdateOptions,
} from 'persona-client';
import { updateMany } from 'persona-client/collections';
import { personaQueries } from 'persona-client/query';
import { describe, expect, it } from 'vitest';
import { catchError, expectRejection } from '../../support/failures.js';
import {
  createTestClient,
  DIALECTS,
  NO_BACKOFF,
  SERVICE_KINDS,
  startService,
} from '../../support/service.js';

const VALIDATORS = [undefined, 'etag'] as const;
const SETUPS = DIALECTS.flatMap((dialect) => VALIDATORS.map((validators) => ({ dialect, validators })));

type Setup = Partial<(typeof SETUPS)[number]> & { readonly now?: () => number };

async function setup({ dialect = 'subresource', validators, now }: Setup = {}) {
  const started = await startService({ dialect, ...(validators && { validators }), ...(now && { now }) });
  const client = started.connect({ retry: NO_BACKOFF });
  const other = started.connect();
  const base = await other.personas.update(1, { name: 'Base' }); // a seed has no fraction of a second
  started.service.clearRequests();
  return { ...started, client, other, base, since: { ifUnmodifiedSince: base.updated_at } };
}

/** A `fetch` that loses the responses to the first writes. `onLost` runs before the call fails. */
function createLossyFetch(losses: number, onLost: () => Promise<unknown> = async () => {}) {
  let left = losses;
  return (async (url: string, init?: RequestInit) => {
    const response = await fetch(url, init);
    if (init?.method !== 'PUT' || left === 0) return response;
    left--;
    await response.text();
    await onLost();
    throw new TypeError('the connection broke');
  }) as typeof globalThis.fetch;
}

const UPDATES: Readonly<
  Record<string, (client: PersonaClient, options: UpdateOptions<never>) => Promise<unknown>>
> = {
  'personas.update': (client, options) => client.personas.update(1, { name: 'Mine' }, options),
  'demographic.update': (client, options) => client.demographic.update(1, { city: 'Mine' }, options),
  'psychographic.update': (client, options) =>
    client.psychographic.update(1, { interests: ['mine'] }, options),
  'behavioral.update': (client, options) =>
    client.behavioral.update(1, { browsing_habits: ['mine'] }, options),
  'contextual.update': (client, options) => client.contextual.update(1, { weather: 'mine' }, options),
};
const UPDATE_NAMES = Object.keys(UPDATES);
const update = (name: string, ...args: [PersonaClient, UpdateOptions<never>]) =>
  UPDATES[name]?.(...args) ?? Promise.reject();

describe.each(SETUPS)('ifUnmodifiedSince, $dialect, validators: $validators', (options) => {
  it.each(UPDATE_NAMES)('%s writes if the persona is unchanged', async (name) => {
    const { client, since, base } = await setup(options);
    await update(name, client, since as UpdateOptions<never>);
    const updated = await client.personas.get(1, { cache: 'reload' });
    expect(updated.updated_at > base.updated_at).toBe(true);
    expect(JSON.stringify(updated)).toMatch(/mine/i);
  });

  it.each(UPDATE_NAMES)(
    '%s fails with both versions if another client has changed the persona',
    async (name) => {
      const { client, other, since, requestLines, service } = await setup(options);
      const stored = await other.personas.update(1, { name: 'Theirs' });
      service.clearRequests();
      const error = await expectRejection(
        PersonaConflictError,
        update(name, client, since as UpdateOptions<never>),
      );
      expect(error).toMatchObject({ code: 'conflict', status: undefined, attempts: 0, maybeApplied: false });
      expect(error).toMatchObject({ ...since, isApplied: false });
      expect(error.stored).toMatchObject({ id: 1, name: 'Theirs', updated_at: stored.updated_at });
      expect(JSON.stringify(error.data)).toMatch(/mine/i);
      expect(error.message).toContain(
        `persona 1 was updated at ${stored.updated_at}, not at ${since.ifUnmodifiedSince}`,
      );
      expect(requestLines().filter((line) => line.startsWith('PUT'))).toEqual([]);
      await update(name, client, { ifUnmodifiedSince: error.stored?.updated_at ?? '' });
      expect((await client.personas.get(1, { cache: 'reload' })).name).toBe(
        name === 'personas.update' ? 'Mine' : 'Theirs',
      );
    },
  );

  it('lets one of many updates of the same client through', async () => {
    const { client, since, base } = await setup(options);
    const view = client.as({ token: 'another-token' });
    const names = Array.from({ length: 8 }, (_, index) => `Name ${index}`);
    const outcomes = await Promise.all(
      names.map((name, index) => catchError((index % 2 ? view : client).personas.update(1, { name }, since))),
    );
    expect(outcomes.filter((error) => error === undefined).length).toBe(1);
    expect(outcomes.filter((error) => error instanceof PersonaConflictError).length).toBe(7);
    const winner = names[outcomes.indexOf(undefined)];
    const stored = await client.personas.get(1, { cache: 'reload' });
    expect([stored.name, stored.updated_at > base.updated_at]).toEqual([winner, true]);
  });

  it('fails with PersonaNotFoundError if another client has deleted the persona', async () => {
    const { client, other, since, requestLines } = await setup(options);
    await other.personas.delete(1);
    const error = await expectRejection(
      PersonaNotFoundError,
      client.personas.update(1, { name: 'Mine' }, since),
    );
    expect(error).toMatchObject({ personaId: 1, maybeApplied: false });
    expect(requestLines().filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  it('says that the id belongs to another persona now', async () => {
    const { client, other } = await setup(options);
    const last = await other.personas.create({ name: 'First' });
    await other.personas.delete(last.id);
    const next = await other.personas.create({ name: 'Second' });
    expect(next.id).toBe(last.id);
    // The test passes an older base, because both were created in the same second.
    const since = new Date(Date.parse(last.updated_at) - 5_000).toISOString();
    const error = await expectRejection(
      PersonaConflictError,
      client.personas.update(last.id, { name: 'Mine' }, { ifUnmodifiedSince: since }),
    );
    expect(error.message).toContain('its id belonged to another persona before');
    expect(error.stored?.name).toBe('Second');
    await expectRejection(
      PersonaConflictError,
      client.personas.update(last.id, { name: 'Mine' }, { ifUnmodifiedSince: last.updated_at }),
    );
  });

  it.each(UPDATE_NAMES)('%s recognizes its own write after a lost response', async (name) => {
    const { url, since, base, requestLines } = await setup(options);
    const client = createTestClient({ baseUrl: url, fetch: createLossyFetch(1), retry: NO_BACKOFF });
    await update(name, client, since as UpdateOptions<never>);
    const stored = await client.personas.get(1, { cache: 'reload' });
    expect(JSON.stringify(stored)).toMatch(/mine/i);
    expect(stored.updated_at > base.updated_at).toBe(true);
    expect(requestLines().filter((line) => line.startsWith('PUT')).length).toBe(1);
  });

  it('does not overwrite what another client has written after a lost response', async () => {
    const { url, since, other } = await setup(options);
    const onLost = () => other.personas.update(1, { name: 'Theirs' });
    const client = createTestClient({ baseUrl: url, fetch: createLossyFetch(1, onLost), retry: NO_BACKOFF });
    const error = await expectRejection(
      PersonaConflictError,
      client.personas.update(1, { name: 'Mine' }, since),
    );
    expect(error).toMatchObject({ maybeApplied: true, isApplied: false, stored: { name: 'Theirs' } });
    expect(error.message).toContain('The write may have taken effect');
    expect((await other.personas.get(1, { cache: 'reload' })).name).toBe('Theirs');
  });

  it('sends the update again if a lost request did not reach the service', async () => {
    const { url, since, requestLines } = await setup(options);
    let count = 0;
    const breaking = (async (target: string, init?: RequestInit) => {
      if (init?.method === 'PUT' && count++ === 0) throw new TypeError('the connection broke');
      return fetch(target, init);
    }) as typeof globalThis.fetch;
    const client = createTestClient({ baseUrl: url, fetch: breaking, retry: NO_BACKOFF });
    expect((await client.personas.update(1, { name: 'Mine' }, since)).name).toBe('Mine');
    expect(requestLines().filter((line) => line.startsWith('PUT')).length).toBe(1);
  });

  it('tells with isApplied that an earlier call was applied', async () => {
    const { url, since } = await setup(options);
    const client = createTestClient({ baseUrl: url, fetch: createLossyFetch(1), retry: false });
    const update = () => client.personas.update(1, { name: 'Mine', demographic: { region: null } }, since);
    await expectRejection(PersonaConnectionError, update());
    expect(await expectRejection(PersonaConflictError, update())).toMatchObject({ isApplied: true });
  });
});

it.each(SERVICE_KINDS)('works with the service kind $kind', async ({ options }) => {
  const { connect } = await startService(options);
  const client = connect();
  const base = await client.personas.get(1);
  const since = { ifUnmodifiedSince: base.updated_at };
  expect((await client.psychographic.update(1, { interests: ['mine'] }, since)).interests).toEqual(['mine']);
  await expectRejection(PersonaConflictError, client.psychographic.update(1, { interests: ['two'] }, since));
});

describe('timestamps', () => {
  it.each<[string, (text: string) => string]>([
    ['the text of the persona', (text) => text],
    ['without a time zone, as the service sends it', (text) => text.replace('Z', '')],
    ['with more zeros', (text) => text.replace('Z', '000Z')],
    [
      'in another time zone',
      (text) =>
        `${new Date(Date.parse(text) + 7_200_000).toISOString().slice(0, 19)}${text.slice(19, -1)}+02:00`,
    ],
    ['in lower case', (text) => text.replace('Z', 'z')],
  ])('match: %s', async (_, format) => {
    const { client, base } = await setup();
    const ifUnmodifiedSince = format(base.updated_at);
    await client.personas.update(1, { name: 'Mine' }, { ifUnmodifiedSince });
    await expectRejection(
      PersonaConflictError,
      client.personas.update(1, { name: 'Mine' }, { ifUnmodifiedSince }),
    );
  });

  it('match if the service sends no fraction', async () => {
    const { connect } = await startService({ now: () => 1_700_000_000_000 });
    const client = connect();
    const created = await client.personas.create({ name: 'Ada' });
    for (const ifUnmodifiedSince of [created.updated_at])
      await client.personas.update(created.id, { name: 'Mine' }, { ifUnmodifiedSince });
  });

  it('that lost their microseconds do not match, and the error says why', async () => {
    const { client, base } = await setup();
    const ifUnmodifiedSince = new Date(base.updated_at).toISOString();
    expect(base.updated_at).toMatch(/\.\d{6}Z/);
    const error = await expectRejection(
      PersonaConflictError,
      client.personas.update(1, { name: 'Mine' }, { ifUnmodifiedSince }),
    );
    expect(error.message).toContain('pass updated_at as text, because a Date has only milliseconds');
  });

  it.each([undefined, null, '', 'yesterday', 5, new Date(), {}, '2026-02-31'])(
    'such as %o are invalid',
    async (value) => {
      const { client, requestLines } = await setup();
      for (const call of [
        () => client.personas.update(1, { name: 'Mine' }, { ifUnmodifiedSince: value as string }),
        () => client.contextual.update(1, { weather: 'x' }, { ifUnmodifiedSince: value as string }),
      ]) {
        const error = await expectRejection(PersonaValidationError, call());
        expect(error.issues[0]?.path).toEqual(['ifUnmodifiedSince']);
        expect(error.message).toContain('must be the updated_at of the persona that your data is based on');
      }
      expect(requestLines()).toEqual([]);
    },
  );
});

it('is an option of updates only', async () => {
  const { client, requestLines } = await setup();
  const options: object = { ifUnmodifiedSince: '2026-01-01T00:00:00Z' };
  for (const call of [
    () => client.personas.get(1, options),
    () => client.personas.delete(1, options),
    () => client.personas.create({ name: 'x' }, options),
  ])
    expect((await expectRejection(PersonaValidationError, call())).message).toContain('ifUnmodifiedSince');
  expect(requestLines()).toEqual([]);
});

it('reads past the cache, and leaves no personal data in logs', async () => {
  const { client, other, since } = await setup();
  await client.personas.get(1);
  await other.personas.update(1, { name: 'canary-stored' });
  const error = await expectRejection(
    PersonaConflictError,
    client.personas.update(1, { name: 'canary-mine' }, since),
  );
  expect([error.stored?.name, error.data]).toEqual(['canary-stored', { name: 'canary-mine' }]);
  expect(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.message + error.stack).not.toContain(
    'canary',
  );
});

it('redacts the stored persona, and needs no permission to read', async () => {
  const { url, other, since } = await setup();
  const client = createTestClient({
    baseUrl: url,
    redact: ['name', 'behavioral'],
    access: { allow: ['*.update'] },
  });
  await other.personas.update(1, { demographic: { city: 'Theirs' } });
  const error = await expectRejection(
    PersonaConflictError,
    client.demographic.update(1, { city: 'Mine' }, since),
  );
  expect(error.stored).toMatchObject({
    name: '',
    demographic: { city: 'Theirs' },
  } satisfies Partial<Persona>);
  expect(error.stored).not.toHaveProperty('behavioral');
  const { updated_at: ifUnmodifiedSince = '' } = error.stored ?? {};
  expect(await client.demographic.update(1, { city: 'Mine' }, { ifUnmodifiedSince })).toMatchObject({
    city: 'Mine',
  });
});

it('shows only the category of the update, if no permitted operation returns whole personas', async () => {
  const { connect, other, since } = await setup();
  await other.personas.update(1, { name: 'Theirs', contextual: { weather: 'theirs' } });
  const client = connect({ access: { allow: ['contextual.update'] } });
  const { stored } = await expectRejection(
    PersonaConflictError,
    client.contextual.update(1, { weather: 'mine' }, since),
  );
  expect(Object.keys(stored ?? {}).sort()).toEqual(['contextual', 'created_at', 'id', 'name', 'updated_at']);
  expect([stored?.name, stored?.contextual?.weather]).toEqual(['', 'theirs']);
  const next = { ifUnmodifiedSince: stored?.updated_at ?? '' };
  expect((await client.contextual.update(1, { weather: 'mine' }, next)).weather).toBe('mine');
});

it('does not tell whether a redacted field has a value', async () => {
  const { connect, other, since } = await setup();
  await other.personas.update(1, { demographic: { income: 'high', city: 'Paris' } });
  const client = connect({ redact: ['demographic.income'] });
  const isApplied = async (demographic: object) =>
    (await expectRejection(PersonaConflictError, client.demographic.update(1, demographic, since))).isApplied;
  expect(await isApplied({ income: 'high' })).toBe(false);
  expect(await isApplied({ city: 'Paris' })).toBe(true);
});

it.each(UPDATE_NAMES)('after a conflict of %s, the cache has no older data', async (name) => {
  const { client, other, since } = await setup();
  await client.personas.get(1);
  await client.personas.list();
  await other.personas.update(1, { name: 'Theirs' });
  await expectRejection(PersonaConflictError, update(name, client, since as UpdateOptions<never>));
  expect((await client.personas.get(1)).name).toBe('Theirs');
  expect((await client.personas.list()).items[0]?.name).toBe('Theirs');
});

it.each(VALIDATORS)(
  'checks the condition of an update that has nothing to write, validators: %s',
  async (validators) => {
    const { client, other } = await setup({ validators });
    const { id } = await other.personas.create({ name: 'Ada' });
    await other.behavioral.update(id, { browsing_habits: ['news'] });
    const { updated_at: ifUnmodifiedSince } = await other.personas.get(id);
    const unsetMap = () => client.behavioral.update(id, { device_usage: null }, { ifUnmodifiedSince });
    expect((await unsetMap()).browsing_habits).toEqual(['news']);
    await other.personas.update(id, { name: 'Theirs' });
    const error = await expectRejection(PersonaConflictError, unsetMap());
    expect(error.message).toContain(`/personas/${id}/behavioral) would overwrite a change`);
  },
);

const THEIRS = {
  name: 'Theirs',
  demographic: { city: 'theirs' },
  psychographic: { interests: ['theirs'] },
  behavioral: { browsing_habits: ['theirs'] },
  contextual: { weather: 'theirs' },
};

describe('ETags', () => {
  /** Changes the persona right before the update arrives, so that the read cannot see the change. */
  const setupRace = async (
    changeTag: (tag: string | null) => string | null = (tag) => tag,
    {
      changeBody = (body: string) => body,
      ...options
    }: Setup & { changeBody?: (body: string) => string } = {},
  ) => {
    const started = await setup({ validators: 'etag', ...options });
    let race: () => Promise<unknown> = async () => {};
    const conditions: (string | null)[] = [];
    const racing = (async (target: string, init?: RequestInit) => {
      if (init?.method === 'PUT') {
        conditions.push(new Headers(init.headers).get('if-match'));
        await race();
      }
      const response = await fetch(target, init);
      const etag = changeTag(response.headers.get('etag'));
      const headers = { 'content-type': 'application/json', ...(etag && { etag }) };
      return new Response(changeBody(await response.text()), { status: response.status, headers });
    }) as typeof globalThis.fetch;
    const client = createTestClient({ baseUrl: started.url, fetch: racing, retry: NO_BACKOFF });
    const setRace = (change: typeof race) => {
      race = change;
    };
    return { ...started, client, conditions, setRace };
  };

  it.each(UPDATE_NAMES)('close the window between read and update: %s', async (name) => {
    const { client, other, since, setRace } = await setupRace();
    setRace(() => other.personas.update(1, THEIRS));
    const error = await expectRejection(
      PersonaConflictError,
      update(name, client, since as UpdateOptions<never>),
    );
    expect(error).toMatchObject({ status: 412, attempts: 1, maybeApplied: false, isApplied: false });
    expect(error.stored?.psychographic?.interests).toEqual(['theirs']);
    expect(JSON.stringify(await other.personas.get(1, { cache: 'reload' }))).not.toMatch(/mine/i);
  });

  it.each(UPDATE_NAMES)(
    'show a change within the same second, if times have whole seconds: %s',
    async (name) => {
      const { client, other, setRace } = await setupRace(undefined, {
        now: () => Date.UTC(2026, 0, 1),
        changeBody: (body) => body.replaceAll(/(:00)\.\d{6}/g, '$1'),
      });
      setRace(() => other.personas.update(1, THEIRS));
      const since = { ifUnmodifiedSince: '2026-01-01T00:00:00' } as UpdateOptions<never>;
      const error = await expectRejection(PersonaConflictError, update(name, client, since));
      expect(error).toMatchObject({ status: 412, stored: { psychographic: { interests: ['theirs'] } } });
      expect(error.message).toContain('persona 1 was changed again at 2026-01-01T00:00:00');
      expect(JSON.stringify(await other.personas.get(1, { cache: 'reload' }))).not.toMatch(/mine/i);
    },
  );

  it('belong to the version that the update is based on, also within a second', async () => {
    const { url, other } = await setup({ validators: 'etag', now: () => Date.UTC(2026, 0, 1) });
    const client = createTestClient({
      baseUrl: url,
      fetch: (async (target: string, init?: RequestInit) => {
        // Another client writes between the read of the persona and the read of the tag.
        if (init?.method === 'GET' && target.endsWith('/psychographic'))
          await other.psychographic.update(1, { interests: ['theirs'] });
        const response = await fetch(target, init);
        const body = (await response.text()).replaceAll(/(:00)\.\d{6}/g, '$1');
        return new Response(body, response);
      }) as typeof globalThis.fetch,
    });
    const since = { ifUnmodifiedSince: '2026-01-01T00:00:00' };
    const update = client.psychographic.update(1, { interests: ['mine'] }, since);
    const error = await expectRejection(PersonaConflictError, update);
    expect(error).toMatchObject({ attempts: 0, stored: { psychographic: { interests: ['theirs'] } } });
  });

  it('of a deleted persona fail with PersonaNotFoundError', async () => {
    const { connect, other, since } = await setup({ validators: 'etag' });
    const client = connect({
      fetch: (async (url: string, init?: RequestInit) => {
        if (init?.method !== 'PUT') return fetch(url, init);
        await other.personas.delete(1);
        return new Response(null, { status: 412 }); // a condition is false if there is no persona
      }) as typeof globalThis.fetch,
    });
    await expectRejection(PersonaNotFoundError, client.personas.update(1, { name: 'Mine' }, since));
  });

  it('that do not match leave the data in the error, even if the persona cannot be read afterward', async () => {
    const { connect, since } = await setup({ validators: 'etag' });
    let isDown = false;
    const client = connect({
      retry: false,
      fetch: (async (url: string, init?: RequestInit) => {
        if (isDown) return new Response(null, { status: 503 });
        isDown = init?.method === 'PUT';
        return isDown ? new Response(null, { status: 412 }) : fetch(url, init);
      }) as typeof globalThis.fetch,
    });
    const data = { name: 'Mine' };
    const error = await expectRejection(PersonaConflictError, client.personas.update(1, data, since));
    expect(error).toMatchObject({ status: 412, stored: undefined, ...since, cause: { status: 503 } });
    expect(error.data).toEqual(data);
  });

  it('that are weak are not sent', async () => {
    const { client, since, conditions } = await setupRace((tag) => tag && `W/${tag}`);
    await client.personas.update(1, { name: 'Mine' }, since);
    expect(conditions).toEqual([null]);
  });

  it('that a proxy has changed do not make every update fail', async () => {
    const { client, since, conditions } = await setupRace((tag) => tag?.replace(/"$/, '-gzip"') ?? null);
    expect((await client.personas.update(1, { name: 'Mine' }, since)).name).toBe('Mine');
    expect(conditions).toEqual([expect.stringMatching(/-gzip"$/), null]);
  });
});

describe('items with ifUnmodifiedSince', () => {
  it('fail alone if the persona has changed, and succeed if an earlier attempt of the item was applied', async () => {
    const { url, since, other, base } = await setup();
    const second = await other.personas.get(2);
    await other.personas.update(2, { name: 'Theirs' });
    const client = createTestClient({ baseUrl: url, fetch: createLossyFetch(1), retry: NO_BACKOFF });
    const items = [
      { id: base.id, data: { name: 'Mine' }, ...since },
      { id: 2, data: { name: 'Mine' }, ifUnmodifiedSince: second.updated_at },
      { id: 3, data: { name: 'Mine' } },
    ];
    const failures: [number, string][] = [];
    for await (const result of updateMany(client, items))
      if (!result.ok) failures.push([result.index, result.error.code]);
    expect(failures).toEqual([[1, 'conflict']]);
    expect((await other.personas.get(1, { cache: 'reload' })).name).toBe('Mine');
    expect((await other.personas.get(2, { cache: 'reload' })).name).toBe('Theirs');
  });
});

it('is a variable of mutations, and a conflict invalidates the queries of the persona', async () => {
  const { client, other, since } = await setup();
  const queryClient = new QueryClient();
  const { personas, contextual, keys } = personaQueries(client);
  await queryClient.fetchQuery(personas.get(1));
  await other.personas.update(1, { name: 'Theirs' });
  for (const run of [
    () => personas.update().mutationFn({ id: 1, data: { name: 'Mine' }, ...since }, { client: queryClient }),
    () =>
      contextual.update().mutationFn({ id: 1, data: { weather: 'x' }, ...since }, { client: queryClient }),
  ])
    await expectRejection(PersonaConflictError, run());
  expect(queryClient.getQueryState(keys.persona(1))?.isInvalidated).toBe(true);
});
