import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import { STORES } from './helpers.js';

/** Creates a service without personas. `send` returns the text of a response, which may be almost JSON. */
function setup(options: PersonaServiceOptions) {
  const service = createPersonaService({ seed: false, ...options });
  onTestFinished(() => service.close());
  return async (method: string, path: string, body?: string) => {
    const init = { method, headers: { 'content-type': 'application/json' }, ...(body && { body }) };
    const response = await service.fetch(`http://localhost:5050${path}`, init);
    return { status: response.status, text: await response.text() };
  };
}

const PERSONA = `${PERSONAS_PATH}/1`;

describe.each(STORES)('the attributes dialect on the $name store', ({ store }) => {
  it.each([
    ['age', '" 30 "', '30'],
    ['age', '"30.0"', '30'],
    ['age', '"1e2"', '100'],
    ['age', '"+7"', '7'],
    ['age', '"30.5"', '30.5'],
    ['age', '"9007199254740993"', '9007199254740993'],
    ['age', '"٣"', '"\\u0663"'],
    ['age', '"0x1E"', '"0x1E"'],
    ['age', '""', '""'],
    ['age', '30.0', '30'],
    ['age', '-1', '-1'],
    ['age', 'false', '0'],
    ['age', 'NaN', 'null'],
    ['age', '-Infinity', '-Infinity'],
    ['age', '9223372036854775807', '9223372036854775807'],
    ['latitude', '" 1.5 "', '1.5'],
    ['latitude', '"\\u00851.5\\u2003"', '1.5'],
    ['latitude', '"inf"', 'Infinity'],
    ['latitude', '"nan"', 'null'],
    ['latitude', '-0.0', '0'],
    ['longitude', '999', '999'],
    ['city', '5', '"5"'],
    ['city', '5.0', '"5.0"'],
    ['city', '1e20', '"1.0e+20"'],
    ['city', '0.00001', '"1.0e-05"'],
    ['city', '123456.789', '"123456.789"'],
    ['city', 'true', '"1"'],
    ['city', 'NaN', 'null'],
    ['city', '-Infinity', '"-Inf"'],
    ['city', '"a\\u0000b"', '"a\\u0000b"'],
  ])('stores %s %s as %s', async (field, sent, stored) => {
    const send = setup({ dialect: 'attributes', store });
    const created = await send('POST', PERSONAS_PATH, `{"name":"x","demographic":{"${field}":${sent}}}`);
    expect(created.status).toBe(201);
    expect(created.text).toContain(`"${field}":${stored}`);
    expect((await send('GET', PERSONA)).text).toBe(created.text);
    expect((await send('GET', PERSONAS_PATH)).text).toContain(created.text.trim());
  });

  it('keeps NaN, long integers and half of an emoji in a category', async () => {
    const send = setup({ dialect: 'attributes', store });
    const fields = '{"deep":[{"n":NaN}],"half":"\\ud83d","long":12345678901234567890,"zero":-0.0}';
    const path = `${PERSONA}/attributes/contextual`;
    await send('POST', PERSONAS_PATH, '{"name":"x"}');
    expect(await send('PUT', path, fields)).toEqual({ status: 200, text: `${fields}\n` });
    expect((await send('GET', path)).text).toBe(`${fields}\n`);
  });
});

describe('the attributes dialect', () => {
  it.each([
    ['POST', '5', 500],
    ['POST', '"my name"', 500],
    ['POST', '[1]', 400],
    ['POST', '["name"]', 500],
    ['POST', '0.0', 400],
    ['POST', 'NaN', 500],
    ['POST', '{"name":"x","demographic":5}', 500],
    ['POST', '{"name":"x","demographic":"x"}', 500],
    ['POST', '{"name":true}', 201],
    ['POST', '{"name":12345678901234567890}', 500],
    ['POST', '{"name":"x","demographic":{"latitude":[1]}}', 500],
    ['POST', '{"name":"x","demographic":{"city":{}}}', 500],
    ['POST', '{"name":"x","demographic":{"age":"\\ud800"}}', 500],
    ['PUT', '5', 500],
    ['PUT', '"a name"', 500],
    ['PUT', '"x"', 200],
    ['PUT', '["demographic"]', 500],
    ['PUT', '{"demographic":5}', 500],
    ['PUT', '{"demographic":"language"}', 500], // contains "age"
    ['PUT', '{"demographic":["city"]}', 500],
    ['PUT', '{"demographic":["x"]}', 200],
    ['PUT', '{"name":["x"]}', 500],
  ] as const)(
    'responds to %s %s with %i, and stores nothing after an error',
    async (method, body, status) => {
      const send = setup({ dialect: 'attributes', seed: [{ name: 'Ada' }] });
      const before = (await send('GET', PERSONAS_PATH)).text;
      const path = method === 'POST' ? PERSONAS_PATH : PERSONA;
      expect((await send(method, path, body)).status).toBe(status);
      expect((await send('GET', PERSONAS_PATH)).text === before).toBe(status >= 400);
    },
  );

  it.each([
    ['page=-7', { page: -7, pages: 1, per_page: 20 }, 4],
    ['page=1.5&per_page=', { page: 1, pages: 1, per_page: 20 }, 4],
    ['per_page=-3&page=2', { page: 2, pages: 0, per_page: -3 }, 4],
    ['per_page=-2', { page: 1, pages: -1, per_page: -2 }, 4],
    ['per_page=500', { page: 1, pages: 1, per_page: 500 }, 4],
    ['per_page=3&page=%D9%A2', { page: 2, pages: 2, per_page: 3 }, 1],
    ['page=2&page=1&per_page=1_0', { page: 2, pages: 1, per_page: 10 }, 0],
  ])('responds to ?%s with %o', async (query, expected, count) => {
    const send = setup({ dialect: 'attributes', seed: 4 });
    const { personas, ...page } = JSON.parse((await send('GET', `${PERSONAS_PATH}?${query}`)).text);
    expect(page).toEqual({ ...expected, total: 4 });
    expect(personas).toHaveLength(count);
  });

  it('names the first unknown or faulty category, and the faults of its fields in their order', async () => {
    const send = setup({ dialect: 'attributes', seed: 1 });
    expect((await send('GET', `${PERSONA}/attributes/n%20x`)).text).toBe(
      '{"error":"Invalid category: n x"}\n',
    );
    const body = '{"contextual":5,"behavioral":{"device_usage":1,"browsing_habits":"x"}}';
    expect(JSON.parse((await send('PUT', PERSONA, body)).text)).toEqual({
      error: 'Invalid behavioral data',
      details: ["Field 'browsing_habits' must be a list", "Field 'device_usage' must be a dictionary"],
    });
  });
});

describe('the in-between kind', () => {
  it('responds as attributes, but for unknown routes and /health', async () => {
    const now = () => Date.UTC(2026, 10, 22, 6, 29, 29) + 0.5;
    const send = setup({ dialect: 'in-between', seed: 1, now });
    expect((await send('GET', `${PERSONA}/contextual`)).text).toBe(
      '{"message":"Not found","status_code":404}\n',
    );
    expect((await send('GET', `${PERSONAS_PATH}/9`)).text).toBe('{"error":"Persona not found"}\n');
    expect((await send('GET', '/health')).text).toBe(
      '{"database":"connected","status":"healthy","timestamp":"2026-11-22T06:29:29.000500"}\n',
    );
    expect((await send('PATCH', `${PERSONA}/attributes/contextual`, '{"x":1}')).status).toBe(200);
    expect((await send('GET', PERSONAS_PATH)).text).toContain('"pages":1');
    expect((await send('GET', '/api/v1/field-config')).status).toBe(200);
    expect((await send('PUT', PERSONAS_PATH)).text).toContain('<h1>Method Not Allowed</h1>');
  });
});

describe('the subresource dialect', () => {
  const TOO_LARGE = 'Number too large.';
  const SPECIAL = 'Special numeric values (nan or infinity) are not permitted.';
  const AGE = 'Must be greater than or equal to 0 and less than or equal to 120.';
  it.each([
    ['demographic', '{"age":1e999,"latitude":1e999}', { age: [TOO_LARGE], latitude: [SPECIAL] }],
    [
      'demographic',
      '{"age":"30.5","latitude":""}',
      { age: ['Not a valid integer.'], latitude: ['Not a valid number.'] },
    ],
    ['demographic', '{"age":121.5,"latitude":"nan"}', { age: [AGE], latitude: [SPECIAL] }],
    [
      'demographic',
      '{"age":[3],"latitude":true}',
      { age: ['Not a valid integer.'], latitude: ['Not a valid number.'] },
    ],
    [
      'demographic',
      '{"geolocation":" 1,2"}',
      { geolocation: ['Geolocation must be in format "latitude,longitude"'] },
    ],
    [
      'demographic',
      `{"age":"${'1'.repeat(4301)}","latitude":"\\ufeff1"}`,
      { age: ['Not a valid integer.'], latitude: ['Not a valid number.'] },
    ],
    ['demographic', '{"geolocation":5}', { geolocation: ['Not a valid string.'] }],
    [
      'psychographic',
      '{"interests":["a",null,3],"opinions":{}}',
      { interests: ['1', '2'], opinions: ['Not a valid list.'] },
    ],
    ['behavioral', '{"device_usage":{"m":null,"n":"x","o":4}}', { device_usage: ['m', 'o'] }],
    ['contextual', '{"season":{},"x":null}', { season: ['Not a valid string.'], x: ['Unknown field.'] }],
  ])('reports every fault of %s %s', async (category, body, errors) => {
    const send = setup({ seed: 1 });
    const { status, text } = await send('PUT', `${PERSONA}/${category}`, body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({ message: 'Validation error', status_code: 400, errors });
    const nested = await send('PUT', PERSONA, `{"name":"","${category}":${body}}`);
    expect(JSON.parse(nested.text).errors).toEqual({
      name: ['Length must be between 1 and 100.'],
      [category]: Object.keys(errors),
    });
  });

  it.each([
    ['{"age":"1_0","latitude":" 1.5e1 "}', { age: 10, latitude: 15 }],
    ['{"age":-0.9,"longitude":"٣"}', { age: 0, longitude: 3 }],
    ['{"geolocation":"-1.5, 200\\n","latitude":9}', { latitude: -1.5, longitude: 200 }],
    ['{"geolocation":"","latitude":9}', { latitude: 9, longitude: null }],
    ['{"geolocation":"-0,-0.0"}', { latitude: 0, longitude: 0 }],
    ['{"age":"\\u00857\\u3000"}', { age: 7 }],
  ])('stores demographic %s', async (body, stored) => {
    const send = setup({ seed: [{ name: 'Ada' }] });
    const { status, text } = await send('PUT', `${PERSONA}/demographic`, body);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject(stored);
  });

  it('fails with 500 for half of an emoji in a string, but keeps it in a list or a map', async () => {
    const send = setup({ seed: [{ name: 'Ada' }] });
    for (const [path, body] of [
      ['/demographic', '{"city":"\\ud83d"}'],
      ['/contextual', '{"weather":"\\ud83d"}'],
      ['', '{"psychographic":{"lifestyle":"\\udc00"}}'],
    ] as const)
      expect((await send('PUT', `${PERSONA}${path}`, body)).status).toBe(500);
    for (const body of ['{"device_usage":{"\\ud83d":"\\udc00"}}', '{"purchase_history":["\\ud83d"]}'])
      expect((await send('PUT', `${PERSONA}/behavioral`, body)).text).toContain(body.slice(1, -1));
  });
});

describe('the published subresource service', () => {
  const published = { published: true } as const;

  it.each([
    [['é😀', '"'], '["\\u00e9\\ud83d\\ude00", "\\""]'],
    [[], '[]'],
    [null, 'null'],
  ])('responds to a write of the list %j with characters', async (interests, characters) => {
    const send = setup(published);
    const body = JSON.stringify({ name: 'x', psychographic: { interests } });
    const created = JSON.parse((await send('POST', PERSONAS_PATH, body)).text);
    expect(created.psychographic).toMatchObject({ interests: [...characters], opinions: ['[', ']'] });
    const [listed] = JSON.parse((await send('GET', PERSONAS_PATH)).text).personas;
    expect(listed).toEqual(created);
    const read = JSON.parse((await send('GET', `${PERSONA}/psychographic`)).text);
    expect(read).toMatchObject({ interests: interests ?? [...characters], opinions: [] });
  });

  it('hides a persona whose behavioral has a map from lists, and applies writes to it', async () => {
    const send = setup({ ...published, seed: [{ name: 'Ada', behavioral: { browsing_habits: ['x'] } }] });
    const path = `${PERSONA}/behavioral`;
    expect((await send('PUT', PERSONA, '{"behavioral":{"purchase_history":["y"]}}')).status).toBe(200);
    expect((await send('PUT', path, '{"device_usage":null}')).status).toBe(500);
    expect((await send('HEAD', path)).status).toBe(500);
    expect((await send('PUT', PERSONA, '{"name":"renamed"}')).status).toBe(500);
    expect((await send('PUT', PERSONA, '{"name":""}')).status).toBe(400);
    expect(JSON.parse((await send('GET', PERSONAS_PATH)).text)).toEqual({
      personas: [],
      total: 1,
      page: 1,
      per_page: 20,
    });
  });

  it('shows the same data correctly after its repair', async () => {
    const { createMemoryStore } = await import('../../../src/service/store/memory.js');
    const store = createMemoryStore(Date.now);
    const sendToPublished = setup({ ...published, store });
    await sendToPublished(
      'POST',
      PERSONAS_PATH,
      '{"name":"x","behavioral":{"purchase_history":null,"device_usage":{"m":"1"}}}',
    );
    await sendToPublished('PUT', PERSONA, '{"name":"renamed"}');
    const repaired = JSON.parse((await setup({ store })('GET', PERSONA)).text);
    expect(repaired).toMatchObject({
      name: 'renamed',
      behavioral: { purchase_history: null, device_usage: { m: '1' }, browsing_habits: [] },
    });
  });

  it('starts with examples and generated personas that it can show', async () => {
    for (const seed of [true, 30]) {
      const { personas, total } = JSON.parse(
        (await setup({ ...published, seed })('GET', `${PERSONAS_PATH}?per_page=100`)).text,
      );
      expect(personas).toHaveLength(total);
    }
  });

  it.each(['attributes', 'in-between'] as const)('does not exist in the dialect %s', (dialect) => {
    expect(() => createPersonaService({ dialect, published: true })).toThrow(TypeError);
  });
});
