import type { FieldConfig } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import type { Json } from '../../support/sender.js';
import { STORES, startServiceWithSender } from './helpers.js';

/** The categories whose fields a deployment configures. */
const CONFIGURED_CATEGORIES = ['psychographic', 'behavioral', 'contextual'];
const dialect = 'attributes';

describe.each(STORES)('attributes dialect with $name store: categories', ({ store }) => {
  it.each(CONFIGURED_CATEGORIES)('returns {} for %s if it was never set', async (category) => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'x' });
    const { status, body } = await send('GET', `${PERSONAS_PATH}/1/attributes/${category}`);
    expect(status).toBe(200);
    expect(body).toEqual({});
  });

  it.each(['PUT', 'PATCH'])('%s merges a category and returns all of its fields', async (method) => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'x', psychographic: { interests: ['music'] } });
    const path = `${PERSONAS_PATH}/1/attributes/psychographic`;
    const { status, body } = await send(method, path, { lifestyle: 'busy' });
    expect(status).toBe(200);
    expect(body).toEqual({ interests: ['music'], lifestyle: 'busy' });
    expect((await send('GET', path)).body).toEqual(body);
  });

  it('overwrites a field, and never removes one', async () => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'x', contextual: { season: 'fall', note: 'a' } });
    const { body } = await send('PUT', `${PERSONAS_PATH}/1/attributes/contextual`, { note: null });
    expect(body).toEqual({ season: 'fall', note: null });
  });

  it('stores unknown fields with any name and value', async () => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    const psychographic = JSON.parse(
      '{"custom":{"deep":[1,null,"x"]},"constructor":"y","__proto__":{"z":1},"":0}',
    );
    await send('POST', PERSONAS_PATH, { name: 'x', psychographic });
    const { text } = await send('GET', `${PERSONAS_PATH}/1/attributes/psychographic`);
    expect(text).toBe(
      '{"":0,"__proto__":{"z":1},"constructor":"y","custom":{"deep":[1,null,"x"]}}\n', // sorted
    );
  });

  it('omits a category that was never set', async () => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    const { body } = await send('POST', PERSONAS_PATH, { name: 'x' });
    expect(Object.keys(body)).toEqual(['created_at', 'id', 'name', 'updated_at']);
  });

  it('omits ids inside psychographic, behavioral, and contextual', async () => {
    const { send } = await startServiceWithSender({ dialect, store });
    const { body } = await send('GET', `${PERSONAS_PATH}/1`);
    expect(body.demographic).toHaveProperty('persona_id', 1);
    for (const category of CONFIGURED_CATEGORIES) expect(body[category]).not.toHaveProperty('id');
  });

  it('updates a persona with PATCH as with PUT', async () => {
    const { send } = await startServiceWithSender({ dialect, store });
    const { status, body } = await send('PATCH', `${PERSONAS_PATH}/1`, { demographic: { city: 'Abuja' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'Amara Okafor', demographic: { city: 'Abuja', country: 'NG' } });
  });

  it('silently drops geolocation, ids, and unknown fields of demographic', async () => {
    const { send } = await startServiceWithSender({ dialect, store, seed: false });
    const demographic = { geolocation: '1,2', city: 'Lyon', id: 77, shoe_size: 42 };
    const { status, body } = await send('POST', PERSONAS_PATH, { name: 'x', demographic });
    expect(status).toBe(201);
    expect(body.demographic).toMatchObject({ id: 1, city: 'Lyon', latitude: null, longitude: null });
    expect(body.demographic).not.toHaveProperty('shoe_size');
  });
});

describe('attributes dialect: routes', () => {
  it.each([
    '/nowhere',
    '/api/v1/schema',
    '/api/v1/personas/abc',
    '/api/v1/personas/1/demographic',
    '/api/v1/personas/1/psychographic',
    '/api/v1/personas/1/attributes',
    '/api/v1/auth/login',
  ])('fails with an HTML 404 for %s', async (path) => {
    const { send } = await startServiceWithSender({ dialect });
    const response = await send('GET', path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.text).toContain('<title>404 Not Found</title>');
  });

  it('fails with a JSON 404 for a missing persona', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const missing = { status: 404, body: { error: 'Persona not found' } };
    expect(await send('GET', `${PERSONAS_PATH}/99999`)).toMatchObject(missing);
    expect(await send('GET', `${PERSONAS_PATH}/99999/attributes/contextual`)).toMatchObject(missing);
    expect(await send('PATCH', `${PERSONAS_PATH}/99999`, { name: 'x' })).toMatchObject(missing);
  });

  it('fails with 500 for per_page=0, and accepts more than 100', async () => {
    const { send } = await startServiceWithSender({ dialect });
    expect((await send('GET', `${PERSONAS_PATH}?per_page=0`)).status).toBe(500);
    const { body } = await send('GET', `${PERSONAS_PATH}?per_page=500`);
    expect(body).toMatchObject({ per_page: 500, pages: 1 });
  });
});

describe('attributes dialect: validation', () => {
  it('accepts any string as name, even an empty one', async () => {
    const { send } = await startServiceWithSender({ dialect });
    expect((await send('POST', PERSONAS_PATH, { name: '' })).status).toBe(201);
    expect((await send('POST', PERSONAS_PATH, { name: 'a'.repeat(500) })).status).toBe(201);
  });

  it.each([
    ['psychographic', { interests: 'music' }, 'list'],
    ['psychographic', { lifestyle: ['busy'] }, 'string'],
    ['behavioral', { device_usage: ['phone'] }, 'dictionary'],
    ['behavioral', { device_usage: null }, 'dictionary'],
    ['psychographic', { lifestyle: 0 }, 'string'],
    ['psychographic', { interests: null }, 'list'],
  ])('validates the type of a configured field of %s', async (category, fields, type) => {
    const { send } = await startServiceWithSender({ dialect });
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1/attributes/${category}`, fields);
    expect(status).toBe(400);
    const details = [`Field '${Object.keys(fields)[0]}' must be a ${type}`];
    expect(body).toEqual({ error: `Invalid ${category} data`, details });
  });

  it('validates the options of a field', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1`, { contextual: { season: 'monsoon' } });
    expect(status).toBe(400);
    expect(body.details).toEqual(["Field 'season' must be one of: spring, summer, fall, winter"]);
    expect((await send('GET', `${PERSONAS_PATH}/1`)).body.contextual).toMatchObject({ season: 'summer' });
  });

  it('fails with 500 and the SQL with its parameters if a handler fails', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const demographic = { city: 'Secret City', latitude: 'north' };
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1`, { demographic });
    expect(status).toBe(500);
    expect(Object.keys(body)).toEqual(['error']);
    expect(body.error).toContain('[SQL: INSERT INTO demographic_data');
    expect(body.error).toContain("'city': 'Secret City'");
    const unnamed = await send('POST', PERSONAS_PATH, { name: null });
    expect(unnamed.body.error).toMatch(
      /^\(sqlite3\.IntegrityError\) NOT NULL constraint failed: personas\.name\n/,
    );
  });

  it('uses the error format of the dialect for malformed JSON', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const { body } = await send('PUT', `${PERSONAS_PATH}/1`, '{');
    expect(body).toEqual({ error: expect.stringMatching(/^400 Bad Request/) });
  });
});

describe('attributes dialect: field-config', () => {
  const path = '/api/v1/field-config';

  it('returns all categories, one category, or one field', async () => {
    const { send } = await startServiceWithSender({ dialect });
    const all = await send('GET', path);
    expect(Object.keys(all.body).sort()).toEqual([...CONFIGURED_CATEGORIES].sort());
    const { contextual } = all.body;
    expect((await send('GET', `${path}?category=contextual`)).body).toEqual(contextual);
    const season = {
      name: 'season',
      type: 'string',
      label: 'Season',
      description: expect.any(String),
      options: ['spring', 'summer', 'fall', 'winter'],
    };
    expect((await send('GET', `${path}?category=contextual&field=season`)).body).toEqual(season);
    expect((contextual as Json).fields).toContainEqual(season);
  });

  it.each(['?category=demographic', '?category=nope', '?category=contextual&field=nope'])(
    'returns {} for %s',
    async (query) => {
      const { send } = await startServiceWithSender({ dialect });
      const { status, body } = await send('GET', `${path}${query}`);
      expect(status).toBe(200);
      expect(body).toEqual({});
    },
  );

  it('validates the configured fields of the deployment instead of the built-in ones', async () => {
    const moods = {
      name: 'moods',
      type: 'list',
      label: 'Moods',
      description: '',
      options: ['calm'],
    } as const;
    const fieldConfig: FieldConfig = {
      psychographic: { label: 'Mind', description: '', fields: [moods] },
    };
    const { send } = await startServiceWithSender({ dialect, fieldConfig });
    expect((await send('GET', path)).body).toEqual(fieldConfig);
    const put = (fields: object) => send('PUT', `${PERSONAS_PATH}/1/attributes/psychographic`, fields);
    expect((await put({ moods: ['calm', 'cross'] })).status).toBe(400);
    expect((await put({ moods: ['calm'] })).status).toBe(200);
    expect((await put({ interests: 'free-form now' })).status).toBe(200);
  });
});
