import type { PersonaClient } from 'persona-client';
import { CANARIES } from './canaries.js';
import { CANARY_HEADERS, CANARY_PERSONA, CANARY_USER } from './hostile-responses.js';

/** A client, or its `withMeta` methods. */
export type MethodsOfClient = Pick<
  PersonaClient,
  'auth' | 'personas' | Category | 'fieldConfig' | 'schema' | 'health'
>;
type Category = 'demographic' | 'psychographic' | 'behavioral' | 'contextual';
export type Calls = Readonly<Record<string, (client: MethodsOfClient) => Promise<unknown>>>;

/** Calls every method, with personal data in every input. */
export const CALLS_WITH_CANARIES: Calls = {
  list: (client) => client.personas.list(),
  iterate: async (client) => {
    for await (const _ of client.personas.iterate({ perPage: 2 }));
  },
  get: (client) => client.personas.get(1),
  'get, with headers': (client) => client.personas.get(1, { headers: CANARY_HEADERS }),
  create: (client) => client.personas.create(CANARY_PERSONA),
  'create, reconciled': (client) =>
    client.personas.create(CANARY_PERSONA, { onUnknownOutcome: 'reconcile', deadlineMs: 100 }),
  update: (client) => client.personas.update(1, CANARY_PERSONA),
  delete: (client) => client.personas.delete(2),
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(1, CANARY_PERSONA.demographic),
  'psychographic.get': (client) => client.psychographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, CANARY_PERSONA.psychographic),
  'behavioral.get': (client) => client.behavioral.get(1),
  'behavioral.update': (client) => client.behavioral.update(1, CANARY_PERSONA.behavioral),
  'contextual.get': (client) => client.contextual.get(1),
  'contextual.update': (client) => client.contextual.update(1, { weather: CANARIES.city }),
  fieldConfig: (client) => client.fieldConfig.get(),
  schema: (client) => client.schema.get(),
  health: (client) => client.health.check(),
  login: (client) => client.auth.login(CANARY_USER),
  refresh: (client) => client.auth.refresh(),
  session: (client) => client.auth.session(),
  logout: (client) => client.auth.logout(),
};
