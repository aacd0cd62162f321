import {
  type AccessOptions,
  type Operation,
  PersonaPermissionError,
  PersonaValidationError,
} from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { CALLS, OPERATIONS } from '../../support/calls.js';
import { catchError, expectRejection, expectThrow } from '../../support/failures.js';
import { createTestClient, DIALECTS, startService } from '../../support/service.js';

const isWrite = (name: string) => /\.(?:create|update|delete)$/.test(name);

/** Returns the operations that the policy denies. Checks that all others succeed, and that denied ones send nothing. */
async function deniedOperations(access: AccessOptions, dialect: (typeof DIALECTS)[number] = 'subresource') {
  const denied: string[] = [];
  for (const name of OPERATIONS) {
    const service = createPersonaService({ dialect });
    const client = createTestClient({ access, fetch: service.fetch });
    const error = await catchError(CALLS[name].run(client, 1));
    expect(client.allows(name), name).toBe(!(error instanceof PersonaPermissionError));
    if (!(error instanceof PersonaPermissionError)) {
      expect(error).toBeUndefined();
      continue;
    }
    denied.push(name);
    expect(error).toMatchObject({ code: 'forbidden', status: undefined, attempts: 0, maybeApplied: false });
    expect(error.message).toMatch(
      new RegExp(`^${name} was denied by this client's access policy: .*Nothing was sent\\.$`),
    );
    expect(service.requests).toEqual([]);
  }
  return denied;
}

it.each([
  ['personas.delte', 'Did you mean personas.delete?'],
  ['personas.*', 'operation: "personas.*" is not known'],
  ['toString', 'operation: "toString" is not known'],
  [undefined, 'operation: "undefined" is not known'],
])('allows refuses the unknown operation %s', (name, reason) => {
  const client = createTestClient({ access: { readOnly: true } });
  const error = expectThrow(PersonaValidationError, () => client.allows(name as Operation));
  expect(error).toMatchObject({ code: 'invalid_input' });
  expect(error.message).toContain(reason);
});

describe.each(DIALECTS)('operations, %s', (dialect) => {
  it.each<[title: string, access: AccessOptions, isDenied: (name: string) => boolean]>([
    ['denies nothing without rules', {}, () => false],
    ['denies all writes with readOnly', { readOnly: true }, isWrite],
    ['denies one operation', { deny: ['personas.delete'] }, (name) => name === 'personas.delete'],
    [
      'denies operations by pattern',
      { deny: ['*.update', 'contextual.*'] },
      (name) => /\.update$|^contextual/.test(name),
    ],
    ['denies all but one operation', { allow: ['personas.get'] }, (name) => name !== 'personas.get'],
    ['denies everything with an empty allow list', { allow: [] }, () => true],
    ['denies all but schema.get', { allow: ['schema.get'] }, (name) => name !== 'schema.get'],
    [
      'denies an operation that is in both lists',
      { allow: ['personas.*'], deny: ['personas.list'] },
      (name) => !/^personas\.(?!list)/.test(name),
    ],
    ['denies everything with *.*', { deny: ['*.*' as '*.get'] }, () => true],
  ])('%s', async (_, access, isDenied) => {
    expect(await deniedOperations(access, dialect)).toEqual(OPERATIONS.filter(isDenied));
  });

  it('applies the access policy to withMeta, iterate and nextPage, too', async () => {
    const { connect } = await startService({ dialect });
    const denied = connect({ access: { deny: ['personas.list', 'personas.get'] } });
    await expectRejection(PersonaPermissionError, denied.withMeta.personas.get(1));
    await expectRejection(PersonaPermissionError, denied.personas.iterate().next());
    const page = await connect().personas.list({ perPage: 1 });
    expect(await page.nextPage()).toMatchObject({ page: 2 });
  });

  it('denies a call even if it has a fallback', async () => {
    const { connect } = await startService({ dialect });
    const client = connect({ access: { deny: ['personas.get'] } });
    const fallback = () => ({ id: 1, name: 'x', created_at: '', updated_at: '' });
    await expectRejection(PersonaPermissionError, client.personas.get(1, { fallback }));
  });

  it('searches for a lost create although lists are denied', async () => {
    const { service, connect } = await startService({ dialect });
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

  it('removes an unreadable category from every response, and denies its get', async () => {
    const { connect } = await startService({ dialect });
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
    await expectRejection(PersonaPermissionError, client.behavioral.get(id));
    const error = await expectRejection(PersonaPermissionError, client.demographic.get(id));
    expect(error.message).toContain('no permission to read demographic');
    expect(await client.demographic.update(id, { city: 'Oslo' })).toEqual({});
    expect(await connect().demographic.get(id)).toMatchObject({ city: 'Oslo' });
  });

  it('denies a category that may not be written in every input', async () => {
    const { service, connect } = await startService({ dialect });
    const client = connect({ access: { categories: { psychographic: 'read', contextual: 'none' } } });
    expect(await client.psychographic.get(1)).toHaveProperty('interests');
    service.clearRequests();
    const writes = [
      client.psychographic.update(1, { lifestyle: 'x' }),
      client.personas.create(FULL),
      client.personas.update(1, { psychographic: {} }),
      client.personas.update(1, { contextual: { weather: 'x' } }),
    ];
    const errors = await Promise.all(writes.map((write) => expectRejection(PersonaPermissionError, write)));
    expect(errors[1]?.message).toContain('no permission to write psychographic, contextual');
    expect(service.requests).toEqual([]);
    await client.personas.update(1, { name: 'Ada', behavioral: { browsing_habits: [] } });
  });
});

describe('identity views', () => {
  it('inherit the policy and can only restrict it further', async () => {
    const { connect } = await startService();
    const client = connect({ access: { deny: ['personas.delete'] } });
    const view = client.as({ token: 'a' }, { access: { readOnly: true } });
    const inner = view.as({ token: 'b' }, { access: { allow: ['personas.*'] } });
    for (const caller of [client, view, inner])
      await expectRejection(PersonaPermissionError, caller.personas.delete(1));
    await client.personas.update(1, { name: 'x' });
    await expectRejection(PersonaPermissionError, view.personas.update(1, { name: 'y' }));
    await expectRejection(PersonaPermissionError, inner.personas.update(1, { name: 'y' }));
    await view.demographic.get(1);
    await expectRejection(PersonaPermissionError, inner.demographic.get(1));
  });
});

describe('invalid access options', () => {
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
  ])('rejects %s', (path, access) => {
    const error = expectThrow(PersonaValidationError, () =>
      createTestClient({ access: access as AccessOptions }),
    );
    expect(error.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    const createView = () => createTestClient({}).as({ token: 'a' }, { access: access as AccessOptions });
    expect(expectThrow(PersonaValidationError, createView).issues).toEqual(error.issues);
  });

  it('ignores later changes to the options object', async () => {
    const { connect } = await startService();
    const access = { deny: ['personas.get'] as Operation[], readOnly: true };
    const client = connect({ access });
    access.deny.length = 0;
    access.readOnly = false;
    await expectRejection(PersonaPermissionError, client.personas.get(1));
    await expectRejection(PersonaPermissionError, client.personas.delete(1));
  });
});
