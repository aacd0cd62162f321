import { describe, expect, it } from 'vitest';
import { CATEGORIES, PERSONAS_PATH } from '../../support/personas.js';
import { STORES, startServiceWithSender } from './helpers.js';

describe.each(STORES)('subresource dialect with $name store: categories', ({ store }) => {
  it.each(CATEGORIES)('returns {} for %s if it was never set', async (category) => {
    const { send } = await startServiceWithSender({ store, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'x' });
    const { status, body } = await send('GET', `${PERSONAS_PATH}/1/${category}`);
    expect(status).toBe(200);
    expect(body).toEqual({});
  });

  it('PUT merges a category and returns all of its fields', async () => {
    const { send } = await startServiceWithSender({ store, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'x', psychographic: { interests: ['music'] } });
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1/psychographic`, { lifestyle: 'busy' });
    expect(status).toBe(200);
    const category = {
      id: 1,
      persona_id: 1,
      interests: ['music'],
      personal_values: [],
      attitudes: [],
      lifestyle: 'busy',
      personality: null,
      opinions: [],
    };
    expect(body).toEqual(category);
    expect((await send('GET', `${PERSONAS_PATH}/1/psychographic`)).body).toEqual(category);
  });

  it('returns id and persona_id inside every category', async () => {
    const { send } = await startServiceWithSender({ store });
    const { body } = await send('GET', `${PERSONAS_PATH}/3`);
    for (const category of CATEGORIES) expect(body[category]).toMatchObject({ id: 3, persona_id: 3 });
  });

  it('returns null for a category that was never set', async () => {
    const { send } = await startServiceWithSender({ store, seed: false });
    const { body } = await send('POST', PERSONAS_PATH, { name: 'x' });
    for (const category of CATEGORIES) expect(body[category]).toBeNull();
  });

  it('accepts geolocation instead of latitude and longitude', async () => {
    const { send } = await startServiceWithSender({ store, seed: false });
    const demographic = { geolocation: '43.6532,-79.3832', city: 'Toronto' };
    const created = await send('POST', PERSONAS_PATH, { name: 'x', demographic });
    expect(created.body.demographic).toMatchObject({
      latitude: 43.6532,
      longitude: -79.3832,
      city: 'Toronto',
    });
    expect(created.body.demographic).not.toHaveProperty('geolocation');
    const { body } = await send('PUT', `${PERSONAS_PATH}/1/demographic`, { geolocation: '1, 2' });
    expect(body).toMatchObject({ latitude: 1, longitude: 2, city: 'Toronto' });
  });

  it('moves a persona to the front of the list when a category is updated', async () => {
    const { send } = await startServiceWithSender({ store });
    await send('PUT', `${PERSONAS_PATH}/2/contextual`, { weather: 'fog' });
    const { body } = await send('GET', `${PERSONAS_PATH}?per_page=1`);
    expect(body.personas).toMatchObject([{ id: 2, contextual: { weather: 'fog', season: 'spring' } }]);
  });
});

describe('subresource dialect: validation', () => {
  it('rejects an unknown field of a category', async () => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1/psychographic`, { custom_field: 'x' });
    expect(status).toBe(400);
    expect(body).toEqual({
      message: 'Validation error',
      status_code: 400,
      errors: { custom_field: ['Unknown field.'] },
    });
  });

  it.each(['id', 'persona_id', 'constructor', '__proto__'])('rejects %s inside a category', async (name) => {
    const { send } = await startServiceWithSender();
    const { body } = await send('PUT', `${PERSONAS_PATH}/1/demographic`, { [name]: 1 });
    expect(Object.entries(body.errors as object)).toEqual([[name, ['Unknown field.']]]);
  });

  it('does not validate options', async () => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1/contextual`, { season: 'monsoon' });
    expect(status).toBe(200);
    expect(body.season).toBe('monsoon');
  });

  it('reports invalid fields of a nested object as a list of their names', async () => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1`, {
      demographic: { age: 121, city: 'Bergen' },
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual({ demographic: ['age'] });
    expect((await send('GET', `${PERSONAS_PATH}/1/demographic`)).body).toMatchObject({
      age: 34,
      city: 'Lagos',
    });
  });

  it.each([
    [0, 200],
    [120, 200],
    [null, 200],
    [-1, 400],
    [121, 400],
    [30.5, 200],
    [120.9, 200],
    [' 30 ', 200],
    ['30.5', 400],
    [true, 400],
  ])('accepts an integer from 0 to 120 as age: %s returns %i', async (age, status) => {
    const { send } = await startServiceWithSender();
    expect((await send('PUT', `${PERSONAS_PATH}/1/demographic`, { age })).status).toBe(status);
  });

  it.each([
    ['', 400],
    ['a', 201],
    ['a'.repeat(100), 201],
    ['🦊'.repeat(100), 201],
    ['a'.repeat(101), 400],
    [7, 400],
  ])('accepts 1 to 100 characters as name', async (name, status) => {
    const { send } = await startServiceWithSender();
    expect((await send('POST', PERSONAS_PATH, { name })).status).toBe(status);
  });

  it.each([
    ['psychographic', { interests: 'music' }],
    ['psychographic', { interests: ['music', 1] }],
    ['psychographic', { lifestyle: ['busy'] }],
    ['behavioral', { device_usage: ['phone'] }],
    ['behavioral', { device_usage: { phone: 3 } }],
    ['demographic', { latitude: 'north' }],
    ['demographic', { geolocation: 'somewhere' }],
  ])('rejects a field of %s with the wrong type', async (category, fields) => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('PUT', `${PERSONAS_PATH}/1/${category}`, fields);
    expect(status).toBe(400);
    expect(Object.keys(body.errors as object)).toEqual(Object.keys(fields));
  });

  it('rejects unknown fields of a persona, and the read-only fields of a response', async () => {
    const { send } = await startServiceWithSender();
    const input = { name: 'x', hobby: 'y', id: 1, created_at: '2026-01-01T00:00:00' };
    const unknown = ['Unknown field.'];
    for (const [method, path] of [
      ['POST', PERSONAS_PATH],
      ['PUT', `${PERSONAS_PATH}/1`],
    ] as const)
      expect((await send(method, path, input)).body.errors).toEqual({
        hobby: unknown,
        id: unknown,
        created_at: unknown,
      });
  });

  it('rejects a body or a category that is not an object', async () => {
    const { send } = await startServiceWithSender();
    for (const input of ['[1]', '"x"', '5', 'true'])
      expect((await send('POST', PERSONAS_PATH, input)).body.errors).toEqual({
        _schema: ['Invalid input type.'],
      });
    const { body } = await send('POST', PERSONAS_PATH, { name: 'x', contextual: 'x' });
    expect(body.errors).toEqual({ contextual: ['_schema'] });
  });
});

describe('subresource dialect: paging', () => {
  it.each([
    ['101', 20],
    ['0', 20],
    ['-5', 20],
    ['%2B3', 3],
    ['%203', 3],
    ['1_0', 10],
    ['٣', 3],
    ['100', 100],
    ['1', 1],
  ])('per_page=%s returns per_page %i', async (requested, effective) => {
    const { send } = await startServiceWithSender();
    expect((await send('GET', `${PERSONAS_PATH}?per_page=${requested}`)).body.per_page).toBe(effective);
  });

  it.each(['', 'many', '1.5', '1__0', '0x1', '1 0'])('fails with 500 for page=%s', async (page) => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('GET', `${PERSONAS_PATH}?page=${page}`);
    expect(status).toBe(500);
    expect(body).toEqual({ message: 'Failed to retrieve personas', status_code: 500 });
  });
});

describe('subresource dialect: errors', () => {
  it('names the id of a missing persona', async () => {
    const { send } = await startServiceWithSender();
    const missing = { message: 'Persona with ID 99999 not found', status_code: 404 };
    expect((await send('GET', `${PERSONAS_PATH}/99999`)).body).toEqual(missing);
    expect((await send('GET', `${PERSONAS_PATH}/99999/demographic`)).body).toEqual(missing);
    expect((await send('PUT', `${PERSONAS_PATH}/99999/demographic`, { age: 3 })).body).toEqual(missing);
    expect((await send('PUT', `${PERSONAS_PATH}/99999`, { name: 'x' })).body).toEqual(missing);
    expect((await send('DELETE', `${PERSONAS_PATH}/99999`)).body).toEqual(missing);
  });

  it.each([
    '/nowhere',
    '/api/v1/schema',
    '/api/v1/field-config',
    '/api/v1/personas/abc',
    '/api/v1/personas/1/attributes/psychographic',
    '/api/v1/personas/1/hobbies',
    '/api/v1/auth/login',
  ])('fails with 404 for the unknown route %s', async (path) => {
    const { send } = await startServiceWithSender();
    const { status, body } = await send('GET', path);
    expect(status).toBe(404);
    expect(body).toEqual({ message: 'Not found', status_code: 404 });
  });

  it('fails with 405 for PATCH', async () => {
    const { send } = await startServiceWithSender();
    const response = await send('PATCH', `${PERSONAS_PATH}/1`, { name: 'x' });
    expect(response.status).toBe(405);
    expect(response.text).toContain('<!doctype html>');
    expect((await send('PATCH', `${PERSONAS_PATH}/1/contextual`, {})).status).toBe(405);
  });

  it('names the failed action in a 500, and never the cause', async () => {
    const { send } = await startServiceWithSender();
    const huge = 2n ** 63n;
    for (const [method, path, action, body] of [
      ['POST', '', 'create persona', '{'],
      ['PUT', '/1', 'update persona with ID 1', '{'],
      ['PUT', '/007', 'update persona with ID 7', '{'],
      ['PUT', '/1/contextual', 'update contextual data for persona with ID 1', '{'],
      ['GET', `/${huge}`, `retrieve persona with ID ${huge}`],
      ['DELETE', `/${huge}`, `delete persona with ID ${huge}`],
      ['GET', `/${huge}/demographic`, `retrieve demographic data for persona with ID ${huge}`],
    ] as const)
      expect((await send(method, `${PERSONAS_PATH}${path}`, body)).body).toEqual({
        message: `Failed to ${action}`,
        status_code: 500,
      });
  });
});
