import type { Operation, PersonaClient, PersonaCreate } from 'persona-client';

/** An input with a value in each category. */
const DATA = {
  name: 'Ada',
  demographic: { city: 'London' },
  psychographic: { lifestyle: 'calm' },
  behavioral: { browsing_habits: ['news'] },
  contextual: { weather: 'rain' },
} satisfies PersonaCreate;
export type CallData = { readonly [Key in keyof typeof DATA]: NonNullable<PersonaCreate[Key]> };

/** Runs one operation. Operations without an id ignore `id`. Operations without data ignore `data`. */
export type RunOperation = (client: PersonaClient, id: number, data?: CallData) => Promise<unknown>;

interface OperationCall {
  readonly run: RunOperation;
  /** Whether the method takes the id of a persona. */
  readonly takesId: boolean;
  /** Whether the result has persona data. */
  readonly returnsPersonas: boolean;
}

/** One call of each operation. The `Record` type makes the compiler check that no operation is missing. */
export const CALLS: Readonly<Record<Operation, OperationCall>> = {
  'personas.list': {
    run: async (client) => (await client.personas.list()).items,
    takesId: false,
    returnsPersonas: true,
  },
  'personas.get': {
    run: (client, id) => client.personas.get(id),
    takesId: true,
    returnsPersonas: true,
  },
  'personas.create': {
    run: (client, _, data = DATA) => client.personas.create(data),
    takesId: false,
    returnsPersonas: true,
  },
  'personas.update': {
    run: (client, id, data = DATA) => client.personas.update(id, data),
    takesId: true,
    returnsPersonas: true,
  },
  'personas.delete': {
    run: (client, id) => client.personas.delete(id),
    takesId: true,
    returnsPersonas: false,
  },
  'demographic.get': {
    run: (client, id) => client.demographic.get(id),
    takesId: true,
    returnsPersonas: true,
  },
  'demographic.update': {
    run: (client, id, data = DATA) => client.demographic.update(id, data.demographic),
    takesId: true,
    returnsPersonas: true,
  },
  'psychographic.get': {
    run: (client, id) => client.psychographic.get(id),
    takesId: true,
    returnsPersonas: true,
  },
  'psychographic.update': {
    run: (client, id, data = DATA) => client.psychographic.update(id, data.psychographic),
    takesId: true,
    returnsPersonas: true,
  },
  'behavioral.get': {
    run: (client, id) => client.behavioral.get(id),
    takesId: true,
    returnsPersonas: true,
  },
  'behavioral.update': {
    run: (client, id, data = DATA) => client.behavioral.update(id, data.behavioral),
    takesId: true,
    returnsPersonas: true,
  },
  'contextual.get': {
    run: (client, id) => client.contextual.get(id),
    takesId: true,
    returnsPersonas: true,
  },
  'contextual.update': {
    run: (client, id, data = DATA) => client.contextual.update(id, data.contextual),
    takesId: true,
    returnsPersonas: true,
  },
  'fieldConfig.get': {
    run: (client) => client.fieldConfig.get(),
    takesId: false,
    returnsPersonas: false,
  },
  'schema.get': {
    run: (client) => client.schema.get(),
    takesId: false,
    returnsPersonas: false,
  },
  'health.check': {
    run: (client) => client.health.check(),
    takesId: false,
    returnsPersonas: false,
  },
  request: {
    run: (client, id) => client.request({ path: `/personas/${id}` }),
    takesId: false,
    returnsPersonas: true,
  },
};

/** All operations, in the order of `CALLS`. */
export const OPERATIONS = Object.keys(CALLS) as Operation[];

const selectCalls = (property: 'takesId' | 'returnsPersonas'): [Operation, RunOperation][] =>
  OPERATIONS.filter((operation) => CALLS[operation][property]).map((operation) => [
    operation,
    CALLS[operation].run,
  ]);

/** The operations that take the id of a persona. */
export const CALLS_WITH_ID = selectCalls('takesId');

/** The operations that return persona data. */
export const CALLS_RETURNING_PERSONAS = selectCalls('returnsPersonas');
