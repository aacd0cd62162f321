import type { Operation, PersonaClient } from 'persona-client';
import { CANARIES } from './canaries.js';
import { CANARY_HEADERS, CANARY_PERSONA, CANARY_USER } from './hostile-responses.js';

/** A client, or its `withMeta` methods with `auth`. */
export type MethodsOfClient = Pick<PersonaClient, 'auth' | keyof PersonaClient['withMeta']>;
export type Calls<Name extends string = string> = Readonly<
  Record<Name, (client: MethodsOfClient) => Promise<unknown>>
>;

/** The names of all methods that send requests. */
type MethodName = Operation | `auth.${keyof PersonaClient['auth']}`;

/** Calls every method, with personal data in every input. The compiler checks that none is missing. */
export const CALLS_WITH_CANARIES: Calls & Calls<MethodName> = {
  'personas.list': (client) => client.personas.list(),
  'personas.iterate': async (client) => {
    for await (const _ of client.personas.iterate({ perPage: 2 }));
  },
  'personas.get': (client) => client.personas.get(1),
  'personas.get, with headers': (client) => client.personas.get(1, { headers: CANARY_HEADERS }),
  'personas.create': (client) => client.personas.create(CANARY_PERSONA),
  'personas.create, reconciled': (client) =>
    client.personas.create(CANARY_PERSONA, { onUnknownOutcome: 'reconcile', deadlineMs: 100 }),
  'personas.update': (client) => client.personas.update(1, CANARY_PERSONA),
  'personas.delete': (client) => client.personas.delete(2),
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(1, CANARY_PERSONA.demographic),
  'psychographic.get': (client) => client.psychographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, CANARY_PERSONA.psychographic),
  'behavioral.get': (client) => client.behavioral.get(1),
  'behavioral.update': (client) => client.behavioral.update(1, CANARY_PERSONA.behavioral),
  'contextual.get': (client) => client.contextual.get(1),
  'contextual.update': (client) => client.contextual.update(1, { weather: CANARIES.city }),
  'fieldConfig.get': (client) => client.fieldConfig.get(),
  'schema.get': (client) => client.schema.get(),
  'health.check': (client) => client.health.check(),
  request: (client) =>
    client.request({
      method: 'POST',
      path: '/personas',
      query: { key: CANARIES.apiKey },
      body: CANARY_PERSONA,
    }),
  'auth.login': (client) => client.auth.login(CANARY_USER),
  'auth.refresh': (client) => client.auth.refresh(),
  'auth.session': (client) => client.auth.session(),
  'auth.logout': (client) => client.auth.logout(),
};
