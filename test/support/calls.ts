import type { PersonaClient } from 'persona-client';

type CallWithId = (client: PersonaClient, id: number) => Promise<unknown>;

/** Calls every method that takes the id of a persona. */
export const CALLS_WITH_ID: Readonly<Record<string, CallWithId>> = {
  'personas.get': (client, id) => client.personas.get(id),
  'personas.update': (client, id) => client.personas.update(id, { name: 'Ada' }),
  'personas.delete': (client, id) => client.personas.delete(id),
  'demographic.get': (client, id) => client.demographic.get(id),
  'demographic.update': (client, id) => client.demographic.update(id, { city: 'London' }),
  'psychographic.get': (client, id) => client.psychographic.get(id),
  'psychographic.update': (client, id) => client.psychographic.update(id, { lifestyle: 'calm' }),
  'behavioral.get': (client, id) => client.behavioral.get(id),
  'behavioral.update': (client, id) => client.behavioral.update(id, { browsing_habits: [] }),
  'contextual.get': (client, id) => client.contextual.get(id),
  'contextual.update': (client, id) => client.contextual.update(id, { weather: 'rain' }),
};
