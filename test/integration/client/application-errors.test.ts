import { inspect } from 'node:util';
import { type ClientOptions, defineAttributes, PersonaClient, PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { withOpenTypes } from '../../support/service.js';

const MAX_PRINTED = 3_000;

/** Creates an error of the application with two causes. */
const createChain = (message: string, rootCause?: unknown) =>
  new Error(message, { cause: new Error(message, { cause: rootCause ?? new Error(message) }) });
const createProperties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`property_${index}`, index]));

/** Errors of an application that Node.js would print in full. */
const LARGE: Readonly<Record<string, () => unknown>> = {
  'a long message': () => new Error('x'.repeat(5_000)),
  'three causes of 900 characters': () => createChain('x'.repeat(900)),
  'many properties': () => Object.assign(new Error('failed'), createProperties(200)),
  'a cause with many properties': () =>
    createChain('x', Object.assign(new Error('y'), createProperties(200))),
  'a long property': () => Object.assign(new Error('failed'), { details: 'x'.repeat(5_000) }),
  'a long name of a property': () => Object.assign(new Error('failed'), { ['x'.repeat(5_000)]: 1 }),
  'a symbol with a long name': () => Object.assign(new Error('failed'), { [Symbol('x'.repeat(5_000))]: 1 }),
  'a long code': () => Object.assign(new Error('failed'), { code: 'x'.repeat(5_000) }),
  'a cause that is a long text': () => createChain('x', 'x'.repeat(5_000)),
  'a long text instead of an error': () => 'x'.repeat(5_000),
  'a deep chain of causes': () => createChain('x', createChain('y', createChain('z'))),
};

/** Passes a function that throws to the client, and runs a call that calls the function. */
const USES: Readonly<Record<string, (fail: () => never) => Promise<unknown>>> = {
  fetch: (fail) => connect({ fetch: async () => fail() }).personas.get(1),
  'auth.getToken': (fail) => connect({ auth: { getToken: async () => fail() } }).personas.get(1),
  'tokenStore.get': (fail) => {
    const auth = { username: 'ada', password: 'x' };
    const tokenStore = { get: async () => fail(), set: async () => {}, delete: async () => {} };
    return connect({ auth, tokenStore }).personas.get(1);
  },
  'validate of a schema': (fail) => {
    const schema = { '~standard': { version: 1, vendor: 'x', validate: fail } };
    const client = connect({ attributes: defineAttributes({ psychographic: schema as never }) });
    return withOpenTypes(client).personas.create({ name: 'Ada', psychographic: { mood: 'calm' } });
  },
};

const connect = (options: ClientOptions) =>
  new PersonaClient({
    dialect: 'attributes',
    retry: false,
    fetch: async () => new Response('{}'),
    ...options,
  });

const getError = (call: Promise<unknown>): Promise<PersonaError> =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error) => error,
  );

describe.each(Object.entries(USES))('an error that %s throws', (_, use) => {
  const run = (thrown: unknown) =>
    getError(
      use(() => {
        throw thrown;
      }),
    );

  it.each(Object.entries(LARGE))('prints little with %s', async (_title, create) => {
    const error = await run(create());
    expect(error).toBeInstanceOf(PersonaError);
    expect(error.cause).toBeInstanceOf(Error);
    expect(inspect(error).length).toBeLessThan(MAX_PRINTED);
    expect(inspect(error, { customInspect: false }).length).toBeLessThan(MAX_PRINTED); // as Node.js prints an uncaught error
  });

  it('is replaced by one with its name, and with the start of its message, if it has much text', async () => {
    const thrown = Object.assign(new Error('The gateway failed: '.padEnd(2_000, 'x')), {
      name: 'GatewayError',
    });
    const error = await run(thrown);
    const cause = [error.cause, Object(error.cause).cause].find(({ name }) => name === 'GatewayError');
    expect(cause).toMatchObject({ message: expect.stringMatching(/^The gateway failed: x+…$/) });
    expect(String(cause.stack)).toContain('application-errors.test.ts');
  });

  it.each<[string, Error]>([
    ['its own causes', createChain('x'.repeat(50), Object.assign(new Error('y'), { property: 1 }))],
    ['many properties', Object.assign(new Error('failed'), createProperties(20))],
    ['a message of 400 characters', new Error('x'.repeat(400))],
  ])('is the cause, with %s', async (_title, thrown) => {
    const error = await run(thrown);
    expect([error.cause, Object(error.cause).cause]).toContain(thrown); // the error of a login is a cause itself
    expect(inspect(error).length).toBeLessThan(MAX_PRINTED);
    expect(inspect(error, { customInspect: false }).length).toBeLessThan(MAX_PRINTED);
  });
});
