import { type ClientOptions, PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, deleteMany, updateMany } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/cli/errors.js';
import { getCellType } from '../../../src/cli/rows/cell.js';
import { detectFormat } from '../../../src/cli/rows/index.js';
import { createFieldValidator } from '../../../src/schemas/field-validator.js';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { createTestClient, DIALECTS, startService } from '../../support/service.js';

/** Names that every object inherits. A lookup in a plain object finds them. */
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];

describe.each(NAMES)('the inherited name %s', (name) => {
  const options = Object.fromEntries([[name, 1]]);

  it('is no option of the client, a call or a bulk operation', async () => {
    const client = createTestClient({});
    expectThrow(PersonaValidationError, () => new PersonaClient(options as ClientOptions));
    await expectRejection(PersonaValidationError, client.personas.get(1, options));
    for (const run of [
      () => createMany(client, [{ name: 'x' }], options).finish(),
      () => updateMany(client, [{ id: 1, data: { name: 'x' } }], options).finish(),
      () => deleteMany(client, [1], options).finish(),
    ]) {
      const error = await expectRejection(PersonaValidationError, Promise.resolve().then(run));
      expect(error.issues).toMatchObject([
        { path: [name], message: expect.stringMatching(/^is not known\. Use one of concurrency, /) },
      ]);
    }
  });

  it('is no format of a file', () => {
    expectThrow(InputError, () => detectFormat(`people.${name}`, undefined));
  });

  it('is an unknown type of a field', () => {
    const config = { psychographic: { fields: [{ name: 'mood', type: name }] } };
    expect(getCellType(config, 'psychographic', 'mood')).toBe('unknown');
    const validate = createFieldValidator(config);
    for (const mood of [null, 'up', ['up'], { up: 'yes' }])
      expect(validate({ category: 'psychographic', values: { mood }, path: [] })).toEqual([]);
  });
});

describe.each(DIALECTS)('a field named __proto__ (%s)', (dialect) => {
  it.each([
    ['{"__proto__":{"a":1}}', '__proto__'],
    ['{"demographic":{"__proto__":{"city":"Oslo"}}}', 'demographic.__proto__'],
    ['{"demographic":{"city":"Oslo","__proto__":1}}', 'demographic.__proto__'],
  ])('is an unknown field in %s', async (json, path) => {
    const { connect, requestLines } = await startService({ seed: 1, dialect });
    const client = connect();
    const data = JSON.parse(json);
    const writes: [path: string, write: () => Promise<unknown>][] = [
      [path, () => client.personas.create({ name: 'Ada', ...data })],
      [path, () => client.personas.update(1, data)],
    ];
    if (data.demographic) writes.push(['__proto__', () => client.demographic.update(1, data.demographic)]);
    for (const [expectedPath, write] of writes) {
      const error = await expectRejection(PersonaValidationError, write());
      expect(error.issues).toEqual([
        { path: expectedPath.split('.'), message: expect.stringMatching(/^is not one of /) },
      ]);
    }
    expect(requestLines().filter((line) => !line.startsWith('GET'))).toEqual([]);
  });
});
