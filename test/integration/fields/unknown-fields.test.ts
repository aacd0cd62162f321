import {
  defineAttributes,
  type OpenAttributes,
  PersonaClient,
  type PersonaEvents,
  PersonaValidationError,
} from 'persona-client';
import { createMany, updateMany } from 'persona-client/collections';
import { personaQueries } from 'persona-client/query';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { SERVICE_KINDS, startService, withOpenTypes } from '../../support/service.js';

type Client = PersonaClient<OpenAttributes>;

const MOOD = { name: 'mood', type: 'string', label: 'Mood', description: '' } as const;
const fieldConfig = { psychographic: { label: '', description: '', fields: [MOOD] } };

/** Each way to write a misspelled field, and the path of the field in the input. */
const WRITES: readonly [string, (client: Client) => Promise<unknown>, path: string[]][] = [
  ['psychographic.update', (client) => client.psychographic.update(1, { interest: ['x'] }), ['interest']],
  ['behavioral.update', (client) => client.behavioral.update(1, { device_useage: {} }), ['device_useage']],
  ['contextual.update', (client) => client.contextual.update(1, { saison: 'fall' }), ['saison']],
  [
    'personas.create',
    (client) => client.personas.create({ name: 'x', psychographic: { interest: ['x'] } }),
    ['psychographic', 'interest'],
  ],
  [
    'personas.update',
    (client) => client.personas.update(1, { name: 'x', contextual: { saison: 'fall' } }),
    ['contextual', 'saison'],
  ],
  [
    'withMeta.behavioral.update',
    (client) => client.withMeta.behavioral.update(1, { device_useage: {} }),
    ['device_useage'],
  ],
  [
    'createMany',
    (client) => finish(createMany(client, [{ name: 'x', behavioral: { device_useage: {} } }])),
    ['behavioral', 'device_useage'],
  ],
  [
    'updateMany',
    (client) => finish(updateMany(client, [{ id: 1, data: { psychographic: { interest: ['x'] } } }])),
    ['psychographic', 'interest'],
  ],
  [
    'personaQueries',
    (client) =>
      personaQueries(client)
        .contextual.update()
        .mutationFn({ id: 1, data: { saison: 'fall' } }, { client: {} as never }),
    ['saison'],
  ],
];

/** Runs a bulk operation, and rejects with the error of its only item. */
async function finish(run: ReturnType<typeof createMany | typeof updateMany>): Promise<void> {
  for await (const result of run) if (!result.ok) throw result.error;
}

const NEAREST: Readonly<Record<string, string>> = {
  interest: 'interests',
  device_useage: 'device_usage',
  saison: 'season',
};

describe.each(SERVICE_KINDS)("unknownFields: 'refuse', $kind", ({ options }) => {
  it.each(WRITES)(
    '%s rejects a misspelled field with the nearest name, and writes nothing',
    async (_, write, path) => {
      const { connect, service } = await startService(options);
      const client = withOpenTypes(connect({ unknownFields: 'refuse' }));
      const error = await expectRejection(PersonaValidationError, write(client));
      const name = path.at(-1) ?? '';
      const message = `is not known. Did you mean ${NEAREST[name]}?`;
      expect(error).toMatchObject({
        code: 'invalid_input',
        maybeApplied: false,
        issues: [{ path, message }],
      });
      expect(error.message).toContain(`${path.join('.')}: ${message}`);
      expect(service.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    },
  );

  it('applies to identity views, and accepts default fields', async () => {
    const { connect } = await startService(options);
    const client = connect({ unknownFields: 'refuse' });
    const view = withOpenTypes(client.as({ token: 'x' }));
    await expectRejection(PersonaValidationError, view.psychographic.update(1, { interest: ['x'] }));
    expect(await client.psychographic.update(1, { interests: ['x'] })).toMatchObject({ interests: ['x'] });
    const { id } = await client.personas.create({ name: 'x', contextual: { season: 'fall' } });
    const stored = await client.personas.get(id);
    await client.personas.update(id, stored); // rows of subresource contain ids
    await client.contextual.update(id, await client.contextual.get(id));
  });
});

describe("unknownFields: 'refuse'", () => {
  it('sends nothing at all if the dialect subresource is known', async () => {
    const { connect, service } = await startService({ dialect: 'subresource' });
    const client = withOpenTypes(connect({ unknownFields: 'refuse', dialect: 'subresource' }));
    await expectRejection(PersonaValidationError, client.psychographic.update(1, { interest: ['x'] }));
    expect(service.requests).toEqual([]);
  });

  it.each(['auto', 'attributes'] as const)(
    'reads the field config of an attributes service before it rejects a field, dialect %s',
    async (dialect) => {
      const { connect, requestLines } = await startService({ dialect: 'attributes', fieldConfig });
      const client = withOpenTypes(connect({ unknownFields: 'refuse', dialect }));
      expect(await client.psychographic.update(1, { mood: 'calm' })).toMatchObject({ mood: 'calm' });
      await client.personas.create({ name: 'x', psychographic: { mood: 'calm', lifestyle: 'slow' } });
      const { issues } = await expectRejection(
        PersonaValidationError,
        client.psychographic.update(1, { moood: 'calm' }),
      );
      expect(issues).toEqual([{ path: ['moood'], message: 'is not known. Did you mean mood?' }]);
      expect(requestLines()).toContain('GET /api/v1/field-config');
    },
  );

  it('rejects a field that is not a default field if the field config cannot be read', async () => {
    const { connect, service } = await startService({ dialect: 'attributes', fieldConfig });
    service.faults.add({ status: 500, match: { path: '/api/v1/field-config' } });
    const client = withOpenTypes(connect({ unknownFields: 'refuse', dialect: 'attributes', retry: false }));
    await expectRejection(PersonaValidationError, client.psychographic.update(1, { mood: 'calm' }));
    expect(await client.psychographic.update(1, { lifestyle: 'slow' })).toMatchObject({ lifestyle: 'slow' });
  });

  it('lets a null remove a stored field that is not known, and emits the event', async () => {
    const { connect } = await startService({ dialect: 'attributes' });
    await withOpenTypes(connect()).psychographic.update(1, { interest: ['x'] });
    const client = withOpenTypes(connect({ unknownFields: 'refuse' }));
    const paths: unknown[] = [];
    client.on('unknownField', ({ path }) => paths.push(path));
    const stored = await client.psychographic.get(1);
    await expectRejection(PersonaValidationError, client.psychographic.update(1, stored));
    expect(await client.psychographic.update(1, { ...stored, interest: null })).not.toHaveProperty(
      'interest',
      ['x'],
    );
    await client.personas.update(1, { psychographic: { interest: null } });
    expect(paths).toEqual([['psychographic', 'interest']]);
  });

  it('leaves the fields of a category with a schema to the schema', async () => {
    const { connect } = await startService({ dialect: 'attributes' });
    const attributes = defineAttributes({ psychographic: z.looseObject({ mood: z.optional(z.string()) }) });
    const client = withOpenTypes(connect({ unknownFields: 'refuse', attributes }));
    expect(await client.psychographic.update(1, { mood: 'calm', own: 1 })).toMatchObject({ own: 1 });
    await expectRejection(PersonaValidationError, client.behavioral.update(1, { own: 1 }));
  });

  it('is one of two values', () => {
    const { message } = expectThrow(
      PersonaValidationError,
      () => new PersonaClient({ unknownFields: 'reject' as never }),
    );
    expect(message).toContain('unknownFields: must be one of "allow", "refuse"');
  });
});

describe("unknownFields: 'allow', the default", () => {
  const setup = async (options = {}) => {
    const started = await startService({ dialect: 'attributes', fieldConfig });
    const warn = vi.fn();
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
    const client = started.connect({ logger, ...options });
    const events: PersonaEvents['unknownField'][] = [];
    client.on('unknownField', (event) => events.push(event));
    return { ...started, client: withOpenTypes(client), events, warn };
  };

  it.each(WRITES)('%s sends the field, and emits one event with the nearest name', async (_, write, path) => {
    const { client, events, service } = await setup();
    await write(client).catch(() => {}); // TanStack Query has no cache here
    await write(client).catch(() => {});
    const name = path.at(-1) ?? '';
    expect(service.requests.some(({ body }) => body?.includes(name))).toBe(true);
    expect(events).toMatchObject([
      { path: [expect.any(String), name], rule: `is not known. Did you mean ${NEAREST[name]}?` },
    ]);
    expect(events[0]?.path).toHaveLength(2);
  });

  it('logs one warning for each client and field, also across views', async () => {
    const { client, warn, connect } = await setup();
    await client.psychographic.update(1, { interest: ['x'], hobby: 'x' });
    await client.personas.update(1, { psychographic: { interest: ['x'] } });
    await client.as({ token: 'x' }).psychographic.update(1, { interest: ['y'] });
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(2));
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      'persona-client: psychographic.update: psychographic.interest is not known. Did you mean interests?',
      expect.stringMatching(/psychographic\.hobby is not known\. Use one of interests, /),
    ]);
    const events: unknown[] = [];
    const other = withOpenTypes(connect());
    other.on('unknownField', (event) => events.push(event));
    await other.psychographic.update(1, { interest: ['x'] });
    expect(events).toHaveLength(1);
  });

  it('sends no additional request', async () => {
    const { client, requestLines } = await setup({ dialect: 'attributes' });
    await client.psychographic.update(1, { interest: ['x'] });
    await client.personas.create({ name: 'x', psychographic: { interest: ['x'] } });
    expect(requestLines()).toEqual([
      'PUT /api/v1/personas/1/attributes/psychographic',
      'POST /api/v1/personas',
    ]);
  });

  it('emits nothing for default fields, configured fields that the client has read, and fields with a schema', async () => {
    const attributes = defineAttributes({ behavioral: z.looseObject({}) });
    const { client, events } = await setup({ attributes });
    await client.fieldConfig.get();
    await client.psychographic.update(1, { mood: 'calm', lifestyle: 'slow' });
    await client.behavioral.update(1, { own: 1 });
    expect(events).toEqual([]);
  });

  it('treats default fields as unknown in categories with a schema, if the schemas have no default fields', async () => {
    const schemas = { behavioral: z.object({ own: z.optional(z.number()) }) };
    const { client, events } = await setup({
      attributes: defineAttributes(schemas, { defaultFields: false }),
    });
    await client.behavioral.update(1, { own: 1, purchase_history: ['x'] });
    await client.psychographic.update(1, { lifestyle: 'slow' });
    expect(events).toMatchObject([{ path: ['behavioral', 'purchase_history'] }]);
  });

  it('emits at most 1,000 events', async () => {
    const { client, events } = await setup();
    const fields = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`f${index}`, 1]));
    await client.psychographic.update(1, fields);
    expect(events).toHaveLength(1_000);
  });
});

it('a field that the service rejects is in the message of the error', async () => {
  for (const options of SERVICE_KINDS.map((kind) => kind.options).filter(
    ({ dialect }) => dialect === 'subresource',
  )) {
    const { connect } = await startService(options);
    const error = await expectRejection(
      PersonaValidationError,
      withOpenTypes(connect()).personas.update(1, { psychographic: { interest: ['x'] } }),
    );
    expect(error).toMatchObject({ code: 'rejected_input', status: 400 });
    expect(error.message).toContain('psychographic.interest: ');
  }
});
