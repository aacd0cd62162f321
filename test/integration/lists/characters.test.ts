import type { OpenFields, Psychographic } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { startListService } from '../../support/list-service.js';

type Service = ReturnType<typeof startListService>;

/** Creates a persona with another client, so that the client under test knows nothing about the service. */
const seed = (service: Service, psychographic: Psychographic & OpenFields, name = 'A') =>
  service.connect().personas.create({ name, psychographic });

const respondTo =
  (requestLine: string, respond: () => Response | Promise<Response>) =>
  (line: string): Response | Promise<Response> | undefined =>
    line === requestLine ? respond() : undefined;
const serverError = () => new Response('', { status: 500 });

describe('a service that returns lists as characters', () => {
  it('shows it in the response to a create, which needs no other request', async () => {
    const service = startListService('published');
    const client = service.connect();
    const requests = await service.requestsOf(async () => {
      const created = await client.personas.create({
        name: 'A',
        psychographic: { interests: ['ab', 'é', '😀'] },
      });
      expect(created.psychographic).toMatchObject({ interests: ['ab', 'é', '😀'], opinions: [] });
    });
    expect(requests).toEqual(['POST /personas']);
    const { data, meta } = await client.withMeta.personas.get(1);
    expect(meta.source).toBe('cache');
    expect(data.psychographic?.interests).toEqual(['ab', 'é', '😀']);
  });

  it('shows it in the response to an update of a category', async () => {
    const service = startListService('published');
    await seed(service, {});
    const client = service.connect({ dialect: 'subresource' });
    const requests = await service.requestsOf(async () => {
      const updated = await client.psychographic.update(1, { interests: ['[', ']'], opinions: null });
      expect(updated).toMatchObject({ interests: ['[', ']'], opinions: null, attitudes: [] });
    });
    expect(requests).toEqual(['PUT /personas/1/psychographic']);
    expect(await client.psychographic.get(1)).toMatchObject({ interests: ['[', ']'], opinions: null });
    expect(await service.readStored(1)).toMatchObject({ interests: ['[', ']'] });
  });

  it('is recognized by one GET before a list response is cached', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    await seed(service, { opinions: ['cd', ''] }, 'B');
    const client = service.connect();
    const requests = await service.requestsOf(async () => {
      const { items } = await client.personas.list();
      expect(items.map(({ psychographic }) => psychographic)).toMatchObject([
        { interests: [], opinions: ['cd', ''] },
        { interests: ['ab'], opinions: [] },
      ]);
      await client.personas.list({ page: 1, perPage: 1 });
      expect((await client.personas.get(1)).psychographic?.interests).toEqual(['ab']);
    });
    expect(requests).toEqual([
      'GET /personas?page=1&per_page=20',
      'GET /personas/2',
      'GET /personas?page=1&per_page=1',
    ]);
  });

  it('is recognized by one GET for all calls at the same time', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    const client = service.connect({ dialect: 'subresource' });
    const requests = await service.requestsOf(() =>
      Promise.all(['x', 'y', 'z'].map((lifestyle) => client.psychographic.update(1, { lifestyle }))),
    );
    expect(requests.filter((line) => line.startsWith('GET'))).toHaveLength(1);
  });

  it('is recognized from the category when the persona itself cannot be read', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    service.interceptWith(respondTo('GET /personas/1', serverError));
    const client = service.connect({ dialect: 'subresource' });
    expect(await client.psychographic.update(1, { lifestyle: 'calm' })).toMatchObject({ interests: ['ab'] });
  });

  it('is recognized from the list when a GET returns the characters of null', async () => {
    const service = startListService('published');
    await seed(service, { interests: null, opinions: ['ab'] });
    const client = service.connect();
    const requests = await service.requestsOf(async () => {
      expect((await client.personas.get(1)).psychographic).toMatchObject({
        interests: null,
        opinions: ['ab'],
      });
    });
    expect(requests).toEqual(['GET /personas/1', 'GET /personas']);
    expect(await client.psychographic.get(1)).toMatchObject({ interests: null });
  });

  it('is recognized from another persona when the list does not contain the one that was read', async () => {
    const service = startListService('published');
    await seed(service, { interests: null });
    for (let number = 0; number < 20; number++) await seed(service, { interests: ['ab'] }, 'B');
    const client = service.connect();
    const requests = await service.requestsOf(async () => {
      expect((await client.personas.get(1)).psychographic).toMatchObject({ interests: null, opinions: [] });
    });
    expect(requests).toEqual(['GET /personas/1', 'GET /personas', 'GET /personas/21']);
  });

  it('keeps its lists when a category is read, changed and written back', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'], opinions: null });
    const before = await service.readStored(1);
    for (const readFirst of ['get', 'list', 'update'] as const) {
      const client = service.connect({ dialect: 'subresource' });
      if (readFirst === 'list') await client.personas.list();
      if (readFirst === 'update') await client.psychographic.update(1, { personality: 'kind' });
      const read = await client.psychographic.get(1);
      await client.psychographic.update(1, { ...read, lifestyle: readFirst });
    }
    expect(await service.readStored(1)).toEqual({ ...before, lifestyle: 'update', personality: 'kind' });
  });

  it('keeps the lists of behavioral, too, as long as its maps are not set', async () => {
    const service = startListService('published');
    await seed(service, {});
    const writer = service.connect({ dialect: 'subresource' });
    await writer.behavioral.update(1, { browsing_habits: ['ab', '['], purchase_history: null });
    const before = await service.readStored(1, 'behavioral');
    const client = service.connect({ dialect: 'subresource' });
    const read = (await client.personas.update(1, { name: 'B' })).behavioral;
    expect(read).toMatchObject({ browsing_habits: ['ab', '['], purchase_history: null });
    await client.behavioral.update(1, { browsing_habits: [...(read?.browsing_habits ?? []), 'c'] });
    expect(await service.readStored(1, 'behavioral')).toEqual({
      ...before,
      browsing_habits: ['ab', '[', 'c'],
    });
  });

  it('is recognized from another persona if the response contains no list but null', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    const seeder = service.connect({ dialect: 'subresource' });
    await seeder.personas.create({ name: 'B' });
    await seeder.psychographic.update(2, { interests: null });
    const client = service.connect({ dialect: 'subresource' });
    expect(await client.psychographic.update(2, { lifestyle: 'calm' })).toMatchObject({ interests: null });
    expect(await client.psychographic.get(2)).toMatchObject({ interests: null });
  });

  it('may write text without escapes: a character can be a surrogate pair', async () => {
    const service = startListService('published');
    const interests = ['é', '😀', 'a\nb'];
    await seed(service, { interests });
    const response = {
      ...{ id: 1, persona_id: 1, interests: [...JSON.stringify(interests)], personal_values: null },
      ...{ attitudes: null, opinions: null, lifestyle: 'calm', personality: null },
    };
    service.interceptWith(respondTo('PUT /personas/1/psychographic', () => Response.json(response)));
    const client = service.connect({ dialect: 'subresource' });
    expect(await client.psychographic.update(1, { lifestyle: 'calm' })).toMatchObject({ interests });
  });

  it('may be upgraded: what a write returns unchanged is a real list', async () => {
    const service = startListService('published');
    const client = service.connect({ dialect: 'subresource' });
    await client.personas.create({ name: 'A', psychographic: { interests: ['ab'] } });
    await client.personas.create({ name: 'B' });
    service.become('repaired');
    expect(await client.psychographic.update(2, { interests: ['[', ']'] })).toMatchObject({
      interests: ['[', ']'],
    });
    expect(await client.psychographic.update(2, { lifestyle: 'calm' })).toMatchObject({
      interests: ['[', ']'],
    });
  });

  it('may be upgraded: real lists in a later response are returned as they are', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    const client = service.connect({ dialect: 'subresource' });
    await client.personas.list();
    service.become('repaired');
    expect(await client.psychographic.update(1, { interests: ['[', ']'] })).toMatchObject({
      interests: ['[', ']'],
    });
    expect((await client.personas.list()).items[0]?.psychographic?.interests).toEqual(['[', ']']);
    expect((await client.personas.get(1)).psychographic?.interests).toEqual(['[', ']']);
  });

  it.each(['attributes', 'in-between'] as const)('may come after a service of the kind %s', async (kind) => {
    const service = startListService(kind);
    await seed(service, { interests: ['ab'], opinions: ['[', ']'] });
    const client = service.connect();
    await client.personas.list();
    service.become('published');
    expect((await client.personas.update(1, { name: 'B' })).psychographic).toMatchObject({
      interests: ['ab'],
      opinions: ['[', ']'],
    });
  });

  it('may return after an upgrade was rolled back', async () => {
    const service = startListService('repaired');
    await seed(service, { interests: ['[', ']'] });
    const client = service.connect({ dialect: 'subresource' });
    await client.personas.list();
    service.become('published');
    expect((await client.personas.list({ perPage: 5 })).items[0]?.psychographic).toMatchObject({
      interests: ['[', ']'],
      opinions: [],
    });
  });
});

describe('a service that returns lists as they are', () => {
  it.each([[['[', ']']], [['n', 'u', 'l', 'l']], [['[', '"', 'a', '"', ']']]])(
    'keeps %j in reads, cache and write-back',
    async (interests) => {
      const service = startListService('repaired');
      await seed(service, { interests });
      const client = service.connect({ dialect: 'subresource' });
      expect(await client.psychographic.update(1, { lifestyle: 'calm' })).toMatchObject({ interests });
      expect((await client.personas.list()).items[0]?.psychographic).toMatchObject({ interests });
      const read = await client.psychographic.get(1);
      await client.psychographic.update(1, { ...read, lifestyle: 'busy' });
      expect((await service.connect().personas.get(1)).psychographic).toMatchObject({ interests });
      expect(await service.readStored(1)).toMatchObject({ interests });
    },
  );

  it('is recognized by one GET if no list in the response shows it', async () => {
    const service = startListService('repaired');
    await seed(service, {}, 'B');
    const client = service.connect({ dialect: 'subresource' });
    const seeder = service.connect({ dialect: 'subresource' });
    await seeder.personas.create({ name: 'C' });
    await seeder.psychographic.update(2, { interests: ['[', ']'] });
    const requests = await service.requestsOf(async () => {
      expect(await client.psychographic.update(2, { lifestyle: 'calm' })).toMatchObject({
        interests: ['[', ']'],
      });
      expect(await client.psychographic.get(2)).toMatchObject({ interests: ['[', ']'] });
    });
    expect(requests).toEqual(['PUT /personas/2/psychographic', 'GET /personas/2/psychographic']);
  });

  it.each(['attributes', 'in-between'] as const)(
    'is not asked again if it is of the kind %s',
    async (kind) => {
      const service = startListService(kind);
      const psychographic = { interests: ['[', ']'], opinions: ['n', 'u', 'l', 'l'] };
      await seed(service, psychographic);
      const client = service.connect({ dialect: 'attributes' });
      const requests = await service.requestsOf(async () => {
        expect((await client.personas.list()).items[0]?.psychographic).toEqual(psychographic);
        expect(await client.psychographic.update(1, { lifestyle: 'calm' })).toMatchObject(psychographic);
        expect((await client.personas.get(1, { cache: 'reload' })).psychographic).toMatchObject(
          psychographic,
        );
      });
      expect(requests).toHaveLength(3);
    },
  );

  it('keeps them beside fields with the names of database keys', async () => {
    const service = startListService('attributes');
    await seed(service, { id: 5, persona_id: 6, interests: ['[', ']'] });
    expect((await service.connect().personas.list()).items[0]?.psychographic).toMatchObject({
      interests: ['[', ']'],
    });
  });

  it('keeps the characters of null in a category without the row id that the published service returns', async () => {
    const service = startListService('repaired');
    const interests = ['n', 'u', 'l', 'l'];
    service.interceptWith(() => Response.json({ interests }));
    const client = service.connect({ dialect: 'subresource' });
    const requests = await service.requestsOf(async () => {
      expect(await client.psychographic.get(1)).toEqual({ interests });
    });
    expect(requests).toEqual(['GET /personas/1/psychographic']);
  });

  it('costs no request for lists that are not JSON text', async () => {
    const service = startListService('repaired');
    await seed(service, { interests: ['n', 'o'], opinions: ['[', 'a'] });
    const client = service.connect();
    expect(await service.requestsOf(() => client.personas.list())).toEqual([
      'GET /personas?page=1&per_page=20',
    ]);
    expect((await client.personas.get(1)).psychographic).toMatchObject({
      interests: ['n', 'o'],
      opinions: ['[', 'a'],
    });
  });
});

describe('a list that cannot be verified', () => {
  it.each([
    [
      'the GET responds with 404',
      () => Response.json({ message: 'Persona with ID 1 not found', status_code: 404 }, { status: 404 }),
    ],
    ['the GET responds with 500', () => new Response('', { status: 500 })],
    ['the GET responds with HTML', () => new Response('<html>')],
    ['the GET does not respond', () => new Promise<Response>(() => {})],
  ])('is left out and not cached: %s', async (_, respond) => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'], lifestyle: 'calm' });
    const client = service.connect({ deadlineMs: 1_000 }); // the GET may take half of it
    service.interceptWith(respondTo('GET /personas/1', respond));
    const events: unknown[] = [];
    client.on('invalidField', ({ personaId, path }) => events.push([personaId, path.join('.')]));
    const { data, meta } = await client.withMeta.personas.list();
    expect(data.items[0]?.psychographic).toEqual({
      ...{ id: 1, persona_id: 1, lifestyle: 'calm', personality: null },
    });
    expect(meta.invalidFields).toContainEqual({
      ...{ personaId: 1, path: ['psychographic', 'interests'], omitted: 'field', value: [...'["ab"]'] },
      rule: 'may be the characters of another list, and could not be verified',
    });
    expect(events).toContainEqual([1, 'psychographic.interests']);
    expect(events).toHaveLength(4);
    service.interceptWith(() => undefined);
    expect((await client.personas.get(1)).psychographic?.interests).toEqual(['ab']);
    expect((await client.personas.list()).items[0]?.psychographic?.interests).toEqual(['ab']);
  });

  it('fails the read with reads: strict', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    service.interceptWith(respondTo('GET /personas/1', serverError));
    await expect(service.connect({ reads: 'strict' }).personas.list()).rejects.toThrow(
      /persona 1 with an invalid psychographic\.\w+: may be the characters of another list/,
    );
  });

  it('is not reported to a caller who may not see it', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    service.interceptWith(respondTo('GET /personas/1', serverError));
    const client = service.connect({ redact: ['psychographic'] });
    const { meta } = await client.withMeta.personas.list();
    expect(meta.invalidFields).toEqual([]);
  });

  it('is verified with a second persona of the list if the first one is gone', async () => {
    const service = startListService('published');
    await seed(service, { interests: ['ab'] });
    await seed(service, { interests: ['cd'] }, 'B');
    const client = service.connect();
    service.interceptWith(respondTo('GET /personas/2', serverError));
    expect((await client.personas.list()).items.map(({ psychographic }) => psychographic?.interests)).toEqual(
      [['cd'], ['ab']],
    );
  });
});
