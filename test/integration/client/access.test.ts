import {
  type AccessOptions,
  type Operation,
  type PersonaClient,
  PersonaPermissionError,
  PersonaValidationError,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, thrownBy } from '../../support/failures.js';
import { clientOf, DIALECTS, serve } from '../../support/service.js';

type Deed = (client: PersonaClient) => Promise<unknown>;

/** Complete by the compiler's word. */
const DEEDS: Readonly<Record<Operation, Deed>> = {
  'personas.list': (client) => client.personas.list(),
  'personas.get': (client) => client.personas.get(1),
  'personas.create': (client) => client.personas.create({ name: 'x' }),
  'personas.update': (client) => client.personas.update(2, { name: 'x' }),
  'personas.delete': (client) => client.personas.delete(3),
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(1, { city: 'x' }),
  'psychographic.get': (client) => client.psychographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, { lifestyle: 'x' }),
  'behavioral.get': (client) => client.behavioral.get(1),
  'behavioral.update': (client) => client.behavioral.update(1, { browsing_habits: ['x'] }),
  'contextual.get': (client) => client.contextual.get(1),
  'contextual.update': (client) => client.contextual.update(1, { weather: 'x' }),
  'fieldConfig.get': (client) => client.fieldConfig.get(),
  'schema.get': (client) => client.schema.get(),
  'health.check': (client) => client.health.check(),
};
const ALL = Object.entries(DEEDS) as [Operation, Deed][];
const isWrite = (name: string) => /\.(?:create|update|delete)$/.test(name);

/** Which of all operations are refused under this policy; the others succeed, and of those refused nothing is sent. */
async function refusedOf(access: AccessOptions, dialect: (typeof DIALECTS)[number] = 'subresource') {
  const refused: string[] = [];
  for (const [name, deed] of ALL) {
    const service = createPersonaService({ dialect });
    const client = clientOf({ access, fetch: service.fetch });
    const outcome = await deed(client).catch((error: unknown) => error);
    expect(client.allows(name), name).toBe(!(outcome instanceof PersonaPermissionError));
    if (!(outcome instanceof PersonaPermissionError)) {
      expect(outcome).not.toBeInstanceOf(Error);
      continue;
    }
    refused.push(name);
    expect(outcome).toMatchObject({ code: 'forbidden', status: undefined, attempts: 0, maybeApplied: false });
    expect(outcome.message).toMatch(
      new RegExp(`^${name}: this client's own access policy .*Nothing was sent\\.$`),
    );
    expect(service.requests).toEqual([]);
  }
  return refused;
}

const names = (picked: (name: string) => boolean) => ALL.map(([name]) => name).filter(picked);

describe.each(DIALECTS)('operations, %s', (dialect) => {
  it.each<[what: string, access: AccessOptions, refused: (name: string) => boolean]>([
    ['nothing said', {}, () => false],
    ['read-only', { readOnly: true }, isWrite],
    ['one denied', { deny: ['personas.delete'] }, (name) => name === 'personas.delete'],
    ['several denied', { deny: ['*.update', 'contextual.*'] }, (name) => /\.update$|^contextual/.test(name)],
    ['one allowed', { allow: ['personas.get'] }, (name) => name !== 'personas.get'],
    ['none allowed', { allow: [] }, () => true],
    ['a schema alone', { allow: ['schema.get'] }, (name) => name !== 'schema.get'],
    [
      'denied wins',
      { allow: ['personas.*'], deny: ['personas.list'] },
      (name) => !/^personas\.(?!list)/.test(name),
    ],
    ['everything denied', { deny: ['*.*' as '*.get'] }, () => true],
  ])('%s', async (_, access, refused) => {
    expect(await refusedOf(access, dialect)).toEqual(names(refused));
  });

  it('the methods of withMeta, iterate and nextPage are ruled alike', async () => {
    const { connect } = await serve({ dialect });
    const denied = connect({ access: { deny: ['personas.list', 'personas.get'] } });
    await failureOf(PersonaPermissionError, denied.withMeta.personas.get(1));
    await failureOf(PersonaPermissionError, denied.personas.iterate().next());
    const page = await connect().personas.list({ perPage: 1 });
    expect(await page.nextPage()).toMatchObject({ page: 2 });
  });

  it('what is cached, or could stand in, is refused too', async () => {
    const { connect } = await serve({ dialect });
    const client = connect({ access: { deny: ['personas.get'] } });
    const fallback = () => ({ id: 1, name: 'x', created_at: '', updated_at: '' });
    await failureOf(PersonaPermissionError, client.personas.get(1, { fallback }));
  });

  it('a create in doubt is looked for, though lists are denied', async () => {
    const { service, connect } = await serve({ dialect });
    const access = { allow: ['personas.create'] } as const;
    const client = connect({ dialect, access, onUnknownOutcome: 'reconcile', retry: { backoffMs: 0 } });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const { data, meta } = await client.withMeta.personas.create({ name: 'Lost' });
    expect(data.name).toBe('Lost');
    expect(meta.source).toBe('reconciled');
  });
});

describe.each(DIALECTS)('categories, %s', (dialect) => {
  const FULL = {
    name: 'Ada',
    demographic: { city: 'London' },
    psychographic: { lifestyle: 'calm' },
    behavioral: { browsing_habits: ['news'] },
    contextual: { weather: 'rain' },
  };

  it('one that may not be read is in no answer, and refused by itself', async () => {
    const { connect } = await serve({ dialect });
    const { id } = await connect().personas.create(FULL);
    const client = connect({ access: { categories: { behavioral: 'none', demographic: 'write' } } });
    const read = [
      await client.personas.get(id),
      await client.personas.get(id),
      (await client.personas.list({ perPage: 1 })).items[0],
      (await client.personas.iterate({ perPage: 5 }).next()).value,
      await client.personas.update(id, { contextual: { weather: 'sun' }, demographic: { city: 'Paris' } }),
      await client.personas.create({ name: 'Eve', demographic: { city: 'Rome' }, contextual: {} }),
    ];
    for (const persona of read) {
      expect(persona).toMatchObject({ id: expect.any(Number), name: expect.any(String) });
      expect(Object.keys(persona ?? {})).not.toContain('behavioral');
      expect(Object.keys(persona ?? {})).not.toContain('demographic');
      expect(persona).toHaveProperty('contextual');
    }
    await failureOf(PersonaPermissionError, client.behavioral.get(id));
    const error = await failureOf(PersonaPermissionError, client.demographic.get(id));
    expect(error.message).toContain('does not let it read demographic');
    expect(await client.demographic.update(id, { city: 'Oslo' })).toEqual({});
    expect(await connect().demographic.get(id)).toMatchObject({ city: 'Oslo' });
  });

  it('one that may not be written is refused wherever it stands', async () => {
    const { service, connect } = await serve({ dialect });
    const client = connect({ access: { categories: { psychographic: 'read', contextual: 'none' } } });
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    service.clearRequests();
    const writes = [
      client.psychographic.update(1, { lifestyle: 'x' }),
      client.personas.create(FULL),
      client.personas.update(1, { psychographic: {} }),
      client.personas.update(1, { contextual: { weather: 'x' } }),
      client.personas.update(1, { attributes: { contextual: { weather: 'x' } } } as never),
    ];
    const errors = await Promise.all(writes.map((write) => failureOf(PersonaPermissionError, write)));
    expect(errors[1]?.message).toContain('does not let it write psychographic, contextual');
    expect(service.requests).toEqual([]);
    await client.personas.update(1, {
      name: 'Ada',
      psychographic: null,
      behavioral: { browsing_habits: [] },
    });
  });
});

describe('identity views', () => {
  it('inherit the policy and can only narrow it', async () => {
    const { connect } = await serve();
    const client = connect({ access: { deny: ['personas.delete'] } });
    const view = client.as({ token: 'a' }, { access: { readOnly: true } });
    const inner = view.as({ token: 'b' }, { access: { allow: ['personas.*'] } });
    for (const one of [client, view, inner]) await failureOf(PersonaPermissionError, one.personas.delete(1));
    await client.personas.update(1, { name: 'x' });
    await failureOf(PersonaPermissionError, view.personas.update(1, { name: 'y' }));
    await failureOf(PersonaPermissionError, inner.personas.update(1, { name: 'y' }));
    await view.demographic.get(1);
    await failureOf(PersonaPermissionError, inner.demographic.get(1));
  });
});

describe('a policy that means nothing is refused', () => {
  it.each<[path: string, access: unknown]>([
    ['access.deny.0', { deny: ['personas.remove'] }],
    ['access.deny.0', { deny: ['personas.iterate'] }],
    ['access.deny.0', { deny: ['personas'] }],
    ['access.allow.1', { allow: ['*.get', '*.read'] }],
    ['access.allow.0', { allow: [''] }],
    ['access.allow.0', { allow: ['personas.get.x'] }],
    ['access.allow', { allow: 'personas.get' }],
    ['access.readOnly', { readOnly: 'yes' }],
    ['access.readonly', { readonly: true }],
    ['access.categories.demographics', { categories: { demographics: 'none' } }],
    ['access.categories.demographic', { categories: { demographic: 'nothing' } }],
    ['access', true],
  ])('%s', (path, access) => {
    const error = thrownBy(PersonaValidationError, () => clientOf({ access: access as AccessOptions }));
    expect(error.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    const inView = () => clientOf({}).as({ token: 'a' }, { access: access as AccessOptions });
    expect(thrownBy(PersonaValidationError, inView).issues).toEqual(error.issues);
  });

  it('one that is changed later has no effect', async () => {
    const { connect } = await serve();
    const access = { deny: ['personas.get'] as Operation[], readOnly: true };
    const client = connect({ access });
    access.deny.length = 0;
    access.readOnly = false;
    await failureOf(PersonaPermissionError, client.personas.get(1));
    await failureOf(PersonaPermissionError, client.personas.delete(1));
  });
});
