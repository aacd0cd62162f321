import { PersonaClient, PersonaError } from 'persona-client';
import { expect, it } from 'vitest';
import { catchError } from '../../support/failures.js';
import { withOpenTypes } from '../../support/service.js';

/** Sentences of deployed services. The client shows them, because users need them and they contain no stored data. */
const MESSAGES: readonly [status: number, sentence: string][] = [
  [400, 'No data provided'],
  [400, 'No input data provided'],
  [400, 'Name is required'],
  [400, 'Validation error'],
  [400, 'Invalid contextual data'],
  [401, 'Missing Authorization Header'],
  [401, "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"],
  [401, 'Token has expired'],
  [401, 'Token has been revoked'],
  [422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
  [422, 'Signature verification failed'],
  [422, 'Not enough segments'],
  [422, 'Invalid header padding'],
  [422, 'Only non-refresh tokens are allowed'],
];

const REASONS: readonly string[] = [
  'Missing data for required field',
  'Field may not be null',
  'Length must be between 1 and 100',
  'Not a valid string',
  'Not a valid integer',
  'Not a valid number',
  'Not a valid list',
  'Not a valid mapping type',
  'Must be greater than or equal to 0 and less than or equal to 120',
  'Special numeric values (nan or infinity) are not permitted',
  'Geolocation must be in format "latitude,longitude"',
  'Unknown field',
  'Invalid input type',
];

const DETAILS: readonly string[] = [
  'Data must be a dictionary',
  "Field 'season' must be a string",
  "Field 'season' must be a list",
  "Field 'season' must be a dictionary",
  "Field 'season' must be one of: spring, summer, fall, winter",
  "Field 'income' must be one of: very low, low, medium",
  "Field 'connection_type' must be one of: wifi, ethernet, 4g, 5g, 3g",
  "Field 'شهر' must be one of: تهران, شیراز",
];

const FIELD_CONFIG = {
  psychographic: { fields: [{ name: 'income', type: 'string', options: ['very low', 'low', 'medium'] }] },
  contextual: {
    fields: [
      { name: 'season', type: 'string', options: ['spring', 'summer', 'fall', 'winter', 'Fall', 'low'] },
      { name: 'connection_type', type: 'list', options: ['wifi', 'ethernet', '4g', '5g', '3g'] },
      { name: 'شهر', type: 'string', options: ['تهران', 'شیراز'] },
    ],
  },
};

/** Creates a client that has read the field config. The service then rejects every call. */
async function connect(status: number, body: object) {
  const client = new PersonaClient({
    fetch: async (url) =>
      String(url).endsWith('/field-config') ? Response.json(FIELD_CONFIG) : Response.json(body, { status }),
    dialect: 'attributes',
    retry: false,
  });
  await client.fieldConfig.get();
  return client;
}

const update = async (status: number, body: object) => {
  const client = await connect(status, body);
  return catchError(
    withOpenTypes(client).personas.update(1, { contextual: { season: 'Fall', شهر: null, city: 'Rome' } }),
  );
};

it.each(MESSAGES)('shows %d "%s" completely', async (status, sentence) => {
  for (const key of ['message', 'error', 'msg']) {
    const error = await update(status, { [key]: sentence });
    expect(error).toBeInstanceOf(PersonaError);
    expect((error as PersonaError).message).toContain(sentence);
  }
});

it.each(REASONS)('shows the reason "%s" completely', async (reason) => {
  const error = await update(400, { message: 'Validation error', errors: { name: [`${reason}.`] } });
  expect(error).toMatchObject({ issues: [{ path: ['name'], message: reason }] });
});

it.each(DETAILS)('shows the detail "%s" completely', async (sentence) => {
  const error = await update(400, { error: 'Invalid contextual data', details: [sentence] });
  expect(error).toMatchObject({ issues: [{ message: sentence }] });
});

it('shows the options if the request had no body', async () => {
  const sentence = "Field 'income' must be one of: very low, low, medium";
  const client = await connect(400, { error: 'Invalid data', details: [sentence] });
  expect(await catchError(client.personas.get(1))).toMatchObject({ issues: [{ message: sentence }] });
});

it('hides options that are not configured, and those that repeat a sent value', async () => {
  for (const [sentence, shown] of [
    ["Field 'season' must be one of: Fall, low", "Field 'season' must be one of: …, low"],
    ["Field 'season' must be one of: Alice Anderson, medium, low", "Field 'season' must be one of: …, low"],
    ["Field 'city' must be one of: Rome, Paris", "Field 'city' must be one of: …"],
    ["Field 'Alice' must be one of: low", "Field '…' must be one of: …"],
    ["Field 'season' must be one of: a@b.example, low", "Field 'season' must be one of: …, low"],
    [`Field 'season' must be one of: ${'x'.repeat(41)}`, "Field 'season' must be one of: …"],
    ["Value 'Fall' must be one of: spring, low", "Value '…' must be one of: …"],
  ]) {
    const error = await update(400, { error: 'Invalid contextual data', details: [sentence] });
    expect(error).toMatchObject({ issues: [{ message: shown }] });
  }
});
