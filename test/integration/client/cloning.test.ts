import * as library from 'persona-client';
import { PersonaClient, type PersonaError } from 'persona-client';
import { createPersonaService, fail } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catchError } from '../../support/failures.js';

function createClient() {
  const service = createPersonaService();
  const client = new PersonaClient({ fetch: service.fetch, retry: false });
  onTestFinished(() => client.close());
  return { service, client };
}

/** Sends a value through a message port, as to a worker. */
function postMessage(value: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    port2.postMessage(value);
  });
}

describe('results can be cloned', () => {
  it.each<[string, (client: PersonaClient) => Promise<unknown>]>([
    ['a page', (client) => client.personas.list()],
    ['a cached page', async (client) => [await client.personas.list(), await client.personas.list()]],
    ['a page with metadata', (client) => client.withMeta.personas.list()],
    ['the next page', async (client) => (await client.personas.list({ perPage: 2 })).nextPage()],
    ['all personas', (client) => client.withMeta.personas.toArray({ limit: 100 })],
    ['a persona', (client) => client.personas.get(1)],
    ['a category', (client) => client.demographic.get(1)],
    ['the field config', (client) => client.fieldConfig.get()],
    ['the schema', (client) => client.schema.get()],
    ['the health', (client) => client.health.check()],
    ['the statistics of the cache', async (client) => client.cache.stats()],
  ])('%s', async (_name, read) => {
    const value = await read(createClient().client);
    expect(value).toBeDefined();
    expect(structuredClone(value)).toEqual(value);
    expect(await postMessage(value)).toEqual(value);
    expect(JSON.parse(JSON.stringify(structuredClone(value)))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('and a page keeps its method nextPage', async () => {
    const page = await createClient().client.personas.list({ perPage: 4 });
    expect((await page.nextPage())?.items).toHaveLength(1);
    expect(Object.keys(page)).toEqual(['items', 'total', 'page', 'perPage', 'pages']);
  });
});

const ERROR_CLASSES = Object.values(library).filter(
  (value): value is typeof PersonaError => typeof value === 'function' && 'kind' in value,
);

describe('the name of an error can be set', () => {
  it.each(ERROR_CLASSES.map((errorClass) => [errorClass.kind, errorClass] as const))('%s', (kind, Class) => {
    const error: PersonaError = new Class('failed', {
      code: 'timeout',
      scope: 'attempt',
      issues: [],
    } as never);
    const other = new Class('failed', { code: 'timeout', scope: 'attempt', issues: [] } as never);
    expect(error.name).toBe(kind === 'PersonaAbortError' ? 'AbortError' : kind);
    error.name = 'Mine';
    expect([error.name, String(error), error.toJSON().name]).toEqual(['Mine', 'Mine: failed', 'Mine']);
    expect(error).toBeInstanceOf(Class);
    expect(other.name).not.toBe('Mine');
    Object.assign(other, { name: 'Assigned' });
    expect(other.name).toBe('Assigned');
  });
});

describe('the name of an error of a subclass', () => {
  class Own extends library.PersonaNotFoundError {
    static override get kind() {
      return 'OwnError';
    }
  }
  class Inherited extends library.PersonaConflictError {}
  class Aborted extends library.PersonaAbortError {}
  class Named extends Own {
    override get name() {
      return 'Named';
    }
  }
  it.each([
    ['its own kind', Own, 'OwnError'],
    ['the kind of its base class', Inherited, 'PersonaConflictError'],
    ['the name of an aborted operation', Aborted, 'AbortError'],
    ['its own name', Named, 'Named'],
  ] as const)('is %s, also in the stack', (_, Class, name) => {
    const error: PersonaError = new Class('failed', {} as never);
    expect([error.name, String(error)]).toEqual([name, `${name}: failed`]);
    expect(error.stack?.split('\n')[0]).toBe(`${name}: failed`);
  });
});

// JavaScriptCore, the engine of Bun and Safari, calls no getter when it writes the first line of the stack.
it.each(ERROR_CLASSES)('the name of %o is a value of its prototype', (Class) => {
  new Class('failed', { code: 'timeout', scope: 'attempt', issues: [] } as never);
  expect(Object.getOwnPropertyDescriptor(Class.prototype, 'name')).toEqual({
    value: Class.kind === 'PersonaAbortError' ? 'AbortError' : Class.kind,
    writable: true,
    enumerable: false,
    configurable: true,
  });
});

it('an error can be cloned', async () => {
  const { service, client } = createClient();
  service.faults.add(fail({ status: 503 }));
  const error = (await catchError(client.personas.get(1))) as PersonaError;
  expect(structuredClone(error)).toMatchObject({ message: error.message });
  expect(structuredClone(error.toJSON())).toMatchObject({ name: 'PersonaServerError', code: 'server_error' });
});
