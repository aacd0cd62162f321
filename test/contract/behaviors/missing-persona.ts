import { type PersonaClient, PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import type { ContractContext } from '../context.js';

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

/** Every method fails with the same error if the persona does not exist. */
export function missingPersona(context: ContractContext): void {
  it.each(Object.entries(CALLS))('%s', async (name, call) => {
    const id = await context.missingId();
    const error = await expectRejection(PersonaNotFoundError, call(context.client, id));
    expect(error).toMatchObject({ personaId: id, status: 404, code: 'not_found', maybeApplied: false });
    expect(error.message).toContain(`${name} `);
    expect(error.message).toContain(`persona ${id} does not exist`);
  });
}
