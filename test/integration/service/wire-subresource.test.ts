import { describe, expect, it } from 'vitest';
import { STORES, started } from './helpers.js';

const PERSONAS = '/api/v1/personas';
const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'];

describe.each(STORES)('subresource on $name: categories', ({ store }) => {
  it.each(CATEGORIES)('GET %s answers {} when never set', async (category) => {
    const { send } = await started({ store, seed: false });
    await send('POST', PERSONAS, { name: 'x' });
    const { status, body } = await send('GET', `${PERSONAS}/1/${category}`);
    expect(status).toBe(200);
    expect(body).toEqual({});
  });

  it('PUT answers the whole category after the merge', async () => {
    const { send } = await started({ store, seed: false });
    await send('POST', PERSONAS, { name: 'x', psychographic: { interests: ['music'] } });
    const { status, body } = await send('PUT', `${PERSONAS}/1/psychographic`, { lifestyle: 'busy' });
    expect(status).toBe(200);
    const whole = {
      id: 1,
      persona_id: 1,
      interests: ['music'],
      personal_values: null,
      attitudes: null,
      lifestyle: 'busy',
      personality: null,
      opinions: null,
    };
    expect(body).toEqual(whole);
    expect((await send('GET', `${PERSONAS}/1/psychographic`)).body).toEqual(whole);
  });

  it('carries id and persona_id inside every category', async () => {
    const { send } = await started({ store });
    const { body } = await send('GET', `${PERSONAS}/3`);
    for (const category of CATEGORIES) expect(body[category]).toMatchObject({ id: 3, persona_id: 3 });
  });

  it('has each category of a persona null when never set', async () => {
    const { send } = await started({ store, seed: false });
    const { body } = await send('POST', PERSONAS, { name: 'x' });
    for (const category of CATEGORIES) expect(body[category]).toBeNull();
  });

  it('takes geolocation in place of the two numbers', async () => {
    const { send } = await started({ store, seed: false });
    const demographic = { geolocation: '43.6532,-79.3832', city: 'Toronto' };
    const created = await send('POST', PERSONAS, { name: 'x', demographic });
    expect(created.body.demographic).toMatchObject({
      latitude: 43.6532,
      longitude: -79.3832,
      city: 'Toronto',
    });
    expect(created.body.demographic).not.toHaveProperty('geolocation');
    const { body } = await send('PUT', `${PERSONAS}/1/demographic`, { geolocation: '1, 2' });
    expect(body).toMatchObject({ latitude: 1, longitude: 2, city: 'Toronto' });
  });

  it('moves the persona to the front of the list when a category is written', async () => {
    const { send } = await started({ store });
    await send('PUT', `${PERSONAS}/2/contextual`, { weather: 'fog' });
    const { body } = await send('GET', `${PERSONAS}?per_page=1`);
    expect(body.personas).toMatchObject([{ id: 2, contextual: { weather: 'fog', season: 'spring' } }]);
  });
});

describe('subresource: validation', () => {
  it('refuses an unknown field of a category', async () => {
    const { send } = await started();
    const { status, body } = await send('PUT', `${PERSONAS}/1/psychographic`, { custom_field: 'x' });
    expect(status).toBe(400);
    expect(body).toEqual({
      message: 'Validation error',
      status_code: 400,
      errors: { custom_field: ['Unknown field.'] },
    });
  });

  it.each(['id', 'persona_id', 'constructor', '__proto__'])('refuses %s inside a category', async (name) => {
    const { send } = await started();
    const { body } = await send('PUT', `${PERSONAS}/1/demographic`, { [name]: 1 });
    expect(Object.entries(body.errors as object)).toEqual([[name, ['Unknown field.']]]);
  });

  it('does not check options', async () => {
    const { send } = await started();
    const { status, body } = await send('PUT', `${PERSONAS}/1/contextual`, { season: 'monsoon' });
    expect(status).toBe(200);
    expect(body.season).toBe('monsoon');
  });

  it("reports a nested object's problems as a list of the field names", async () => {
    const { send } = await started();
    const { status, body } = await send('PUT', `${PERSONAS}/1`, {
      demographic: { age: 121, city: 'Bergen' },
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual({ demographic: ['age'] });
    expect((await send('GET', `${PERSONAS}/1/demographic`)).body).toMatchObject({ age: 34, city: 'Lagos' });
  });

  it.each([
    [0, 200],
    [120, 200],
    [null, 200],
    [-1, 400],
    [121, 400],
    [30.5, 400],
    ['30', 400],
  ])('takes an integer from 0 to 120 as age: %s is %i', async (age, status) => {
    const { send } = await started();
    expect((await send('PUT', `${PERSONAS}/1/demographic`, { age })).status).toBe(status);
  });

  it.each([
    ['', 400],
    ['a', 201],
    ['a'.repeat(100), 201],
    ['🦊'.repeat(100), 201],
    ['a'.repeat(101), 400],
    [7, 400],
  ])('takes 1 to 100 characters as name', async (name, status) => {
    const { send } = await started();
    expect((await send('POST', PERSONAS, { name })).status).toBe(status);
  });

  it.each([
    ['psychographic', { interests: 'music' }],
    ['psychographic', { interests: ['music', 1] }],
    ['psychographic', { lifestyle: ['busy'] }],
    ['behavioral', { device_usage: ['phone'] }],
    ['behavioral', { device_usage: { phone: 3 } }],
    ['demographic', { latitude: 'north' }],
    ['demographic', { geolocation: 'somewhere' }],
  ])('refuses a field of %s of the wrong type', async (category, fields) => {
    const { send } = await started();
    const { status, body } = await send('PUT', `${PERSONAS}/1/${category}`, fields);
    expect(status).toBe(400);
    expect(Object.keys(body.errors as object)).toEqual(Object.keys(fields));
  });

  it('refuses an unknown field of a persona, but takes back what a read carries', async () => {
    const { send } = await started();
    expect((await send('POST', PERSONAS, { name: 'x', hobby: 'y' })).body.errors).toEqual({
      hobby: ['Unknown field.'],
    });
    const back = { id: 1, name: 'x', created_at: '2026-01-01T00:00:00', psychographic: null };
    const { status, body } = await send('PUT', `${PERSONAS}/1`, back);
    expect(status).toBe(200);
    expect(body.psychographic).toMatchObject({ lifestyle: expect.any(String) });
  });

  it('refuses a body or a category that is no object', async () => {
    const { send } = await started();
    expect((await send('POST', PERSONAS, [])).body.errors).toEqual({ _schema: ['Invalid input type.'] });
    const { body } = await send('POST', PERSONAS, { name: 'x', contextual: 'x' });
    expect(body.errors).toEqual({ contextual: ['_schema'] });
  });
});

describe('subresource: paging', () => {
  it.each([
    ['101', 20],
    ['0', 20],
    ['-5', 20],
    ['many', 20],
    ['100', 100],
    ['1', 1],
  ])('per_page=%s answers per_page %i', async (asked, answered) => {
    const { send } = await started();
    expect((await send('GET', `${PERSONAS}?per_page=${asked}`)).body.per_page).toBe(answered);
  });
});

describe('subresource: errors', () => {
  it('answers a missing persona with its id', async () => {
    const { send } = await started();
    const missing = { message: 'Persona with ID 99999 not found', status_code: 404 };
    expect((await send('GET', `${PERSONAS}/99999`)).body).toEqual(missing);
    expect((await send('GET', `${PERSONAS}/99999/demographic`)).body).toEqual(missing);
    expect((await send('PUT', `${PERSONAS}/99999/demographic`, { age: 'x' })).body).toEqual(missing);
    expect((await send('PUT', `${PERSONAS}/99999`, { name: '' })).body).toEqual(missing);
    expect((await send('DELETE', `${PERSONAS}/99999`)).body).toEqual(missing);
  });

  it.each([
    '/nowhere',
    '/api/v1/schema',
    '/api/v1/field-config',
    '/api/v1/personas/abc',
    '/api/v1/personas/1/attributes/psychographic',
    '/api/v1/personas/1/hobbies',
    '/api/v1/auth/login',
  ])('answers %s as a route that does not exist', async (path) => {
    const { send } = await started();
    const { status, body } = await send('GET', path);
    expect(status).toBe(404);
    expect(body).toEqual({ message: 'Not found', status_code: 404 });
  });

  it('answers 405 to PATCH', async () => {
    const { send } = await started();
    const reply = await send('PATCH', `${PERSONAS}/1`, { name: 'x' });
    expect(reply.status).toBe(405);
    expect(reply.text).toContain('<!doctype html>');
    expect((await send('PATCH', `${PERSONAS}/1/contextual`, {})).status).toBe(405);
  });

  it('has the shape of an error for malformed JSON too', async () => {
    const { send } = await started();
    const { body } = await send('PUT', `${PERSONAS}/1/contextual`, '{');
    expect(body).toEqual({ message: expect.stringMatching(/^400 Bad Request/), status_code: 500 });
  });
});
