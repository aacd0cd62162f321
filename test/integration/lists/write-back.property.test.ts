import { QueryClient } from '@tanstack/query-core';
import fc from 'fast-check';
import type { PersonaClient, Psychographic } from 'persona-client';
import { personaQueries } from 'persona-client/query';
import { expect, it } from 'vitest';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { LIST_SERVICE_KINDS, startListService } from '../../support/list-service.js';

type Lists = Pick<Psychographic, 'interests' | 'personal_values' | 'attitudes' | 'opinions'>;

type Service = ReturnType<typeof startListService> & { readonly store: MemoryStore };
type Read = (
  client: PersonaClient,
  id: number,
  service: Service,
) => Promise<Psychographic | null | undefined>;

const findItem = (items: readonly { id: number; psychographic?: Psychographic | null }[], id: number) =>
  items.find((item) => item.id === id)?.psychographic;

const toShared = ({ store }: Service) => ({ cache: { store, keySecret: KEY_SECRET } });

/** All ways to read the psychographic category of a persona. */
const READS: Readonly<Record<string, Read>> = {
  'personas.get': async (client, id) => (await client.personas.get(id)).psychographic,
  'personas.get, twice': async (client, id) => {
    await client.personas.get(id);
    return (await client.personas.get(id)).psychographic;
  },
  'personas.get, deduplicated': async (client, id) => {
    const personas = await Promise.all([client.personas.get(id), client.personas.get(id)]);
    return personas[1].psychographic;
  },
  'personas.get, withMeta': async (client, id) => (await client.withMeta.personas.get(id)).data.psychographic,
  'personas.get after a list': async (client, id) => {
    await client.personas.list();
    return (await client.personas.get(id)).psychographic;
  },
  'psychographic.get': (client, id) => client.psychographic.get(id),
  'psychographic.get after an update of the category': async (client, id) => {
    await client.psychographic.update(id, { personality: 'kind' });
    return client.psychographic.get(id);
  },
  'personas.get after an update of the name': async (client, id) => {
    await client.personas.update(id, { name: 'B' });
    return (await client.personas.get(id)).psychographic;
  },
  'psychographic.update': (client, id) => client.psychographic.update(id, { personality: 'kind' }),
  'personas.update': async (client, id) => (await client.personas.update(id, { name: 'B' })).psychographic,
  'personas.list': async (client, id) => findItem((await client.personas.list()).items, id),
  'personas.list, cached': async (client, id) => {
    await client.personas.list();
    return findItem((await client.personas.list()).items, id);
  },
  'personas.iterate': async (client, id) => {
    for await (const item of client.personas.iterate()) if (item.id === id) return item.psychographic;
    return undefined;
  },
  'personas.toArray': async (client, id) => findItem(await client.personas.toArray(), id),
  'a query of TanStack Query': async (client, id) => {
    const { items } = await new QueryClient().fetchQuery(personaQueries(client).personas.list());
    return findItem(items, id);
  },
  'a shared cache that another process filled': async (_, id, service) => {
    const [filler, reader] = [service.connect(toShared(service)), service.connect(toShared(service))];
    await filler.personas.list();
    await filler.personas.get(id);
    return (await reader.personas.get(id)).psychographic;
  },
};

/** Two ways to write the category back with one changed field. */
const WRITES: Readonly<
  Record<string, (client: PersonaClient, id: number, data: Psychographic) => Promise<unknown>>
> = {
  'psychographic.update': (client, id, data) => client.psychographic.update(id, data),
  'personas.update': (client, id, data) => client.personas.update(id, { psychographic: data }),
};

/** Serializes a list of strings as the service does. */
const toPythonJson = (list: readonly string[]) =>
  `[${list.map((item) => JSON.stringify(item).replace(/[\u007f-\uffff]/g, escapeUnit)).join(', ')}]`;
const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const NULL_CHARACTERS = ['n', 'u', 'l', 'l'];
const character = fc.constantFrom('[', ']', '{', '}', '"', ',', ' ', 'n', 'u', 'l', ':', 'é', '\\');
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', 'null', '[]', '["a"]'),
);
const strings = fc.array(fc.oneof(text, character), { maxLength: 4 });
/** Lists that look like characters: of any list, or at random. `["n","u","l","l"]` has a test of its own. */
const characters = fc
  .oneof(
    strings.map((list) => [...toPythonJson(list)]),
    strings.map((list) => [...JSON.stringify(list)]),
    fc.array(character, { maxLength: 6 }),
  )
  .filter((list) => list.join() !== NULL_CHARACTERS.join());
const list = fc.oneof(strings, characters, fc.constant(null));
const lists: fc.Arbitrary<Lists> = fc.record(
  { interests: list, personal_values: list, attitudes: list, opinions: list },
  { requiredKeys: [] },
);

/** A left out field is as good as null: nothing shows what the characters of null are if no list has other elements. */
const addNulls = (values: Psychographic): Psychographic => ({
  ...{ interests: null, personal_values: null, attitudes: null, opinions: null },
  ...values,
});

const withoutNulls = (values: Lists): Lists =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

it.each(LIST_SERVICE_KINDS)(
  'a category that is read, changed and written back keeps all other fields: %s',
  async (kind) => {
    const property = fc.asyncProperty(
      lists,
      fc.constantFrom(...Object.keys(READS)),
      fc.constantFrom(...Object.keys(WRITES)),
      fc.record({ isCreated: fc.boolean(), isSameClient: fc.boolean(), hasOther: fc.boolean() }),
      async (values, read, write, { isCreated, isSameClient, hasOther }) => {
        const service: Service = { ...startListService(kind), store: new MemoryStore() };
        if (hasOther)
          await service.connect().personas.create({ name: 'C', psychographic: { interests: ['hiking'] } });
        // The `attributes` dialect rejects null for a list.
        const sent: Lists = kind === 'attributes' || kind === 'in-between' ? withoutNulls(values) : values;
        const writer = service.connect();
        const { id } = await writer.personas.create({ name: 'A', ...(isCreated && { psychographic: sent }) });
        if (!isCreated) await writer.psychographic.update(id, { lifestyle: 'x', ...sent });
        const stored = await service.readStored(id);
        const client = isSameClient ? writer : service.connect();
        const found = await READS[read]?.(client, id, service);
        expect(hasOther ? found : addNulls({ ...found })).toMatchObject(sent);
        await WRITES[write]?.(client, id, { ...found, lifestyle: 'busy' });
        const psychographic = await service.readStored(id);
        expect({ ...psychographic, personality: 'kind' }).toEqual({
          ...stored,
          lifestyle: 'busy',
          personality: 'kind',
        });
        expect((await client.psychographic.get(id, { cache: 'reload' })).lifestyle).toBe('busy');
        const readAgain = await service.connect().psychographic.get(id);
        expect(hasOther ? readAgain : addNulls(readAgain)).toMatchObject(sent);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  },
  60_000,
);
