import { PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { CALLS_WITH_ID } from '../../support/calls.js';
import { expectRejection } from '../../support/failures.js';
import type { ContractContext } from '../context.js';

/** Every method fails with the same error if the persona does not exist. */
export function missingPersona(context: ContractContext): void {
  it.each(CALLS_WITH_ID)('%s fails with not_found', async (name, call) => {
    const { missingId: id } = context;
    const error = await expectRejection(PersonaNotFoundError, call(context.client, id));
    expect(error).toMatchObject({ personaId: id, status: 404, code: 'not_found', maybeApplied: false });
    expect(error.message).toContain(`${name} `);
    expect(error.message).toContain(`persona ${id} does not exist`);
  });
}
