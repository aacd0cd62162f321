import { type PersonaClient, PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import type { Bench } from '../deployed.js';

const CALLS: Readonly<Record<string, (client: PersonaClient, id: number) => Promise<unknown>>> = {
  'personas.get': (client, id) => client.personas.get(id),
  'personas.update': (client, id) => client.personas.update(id, { name: 'nobody' }),
  'personas.delete': (client, id) => client.personas.delete(id),
  'demographic.get': (client, id) => client.demographic.get(id),
  'demographic.update': (client, id) => client.demographic.update(id, { city: 'Nowhere' }),
  'psychographic.get': (client, id) => client.psychographic.get(id),
  'psychographic.update': (client, id) => client.psychographic.update(id, { lifestyle: 'none' }),
  'behavioral.get': (client, id) => client.behavioral.get(id),
  'behavioral.update': (client, id) => client.behavioral.update(id, { browsing_habits: [] }),
  'contextual.get': (client, id) => client.contextual.get(id),
  'contextual.update': (client, id) => client.contextual.update(id, { weather: 'none' }),
};

/** A persona that is not there is one and the same error, whatever was asked of it. */
export function missing(bench: Bench): void {
  it.each(Object.entries(CALLS))('%s', async (name, call) => {
    const id = await bench.missingId();
    const error = await failureOf(PersonaNotFoundError, call(bench.client, id));
    expect(error).toMatchObject({ personaId: id, status: 404, code: 'not_found', maybeApplied: false });
    expect(error.message).toContain(`${name} `);
    expect(error.message).toContain(`persona ${id} does not exist`);
  });
}
