import { type InputRequiredResult, inputRequired, inputResponse } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import { ToolMistake } from '../errors.js';
import { quoted } from '../sanitize-text.js';
import { id } from '../schema.js';
import type { House, Question } from '../shared-state.js';
import { DELETED } from './outputs.js';
import { type Caller, CHANGES, type Told, tool } from './types.js';

const ANSWER = 'confirm';
const FRESH = { cache: 'reload' } as const;

export const deletePersona = tool<{ id: number }>({
  name: 'delete_persona',
  title: 'Delete a persona',
  description:
    'Delete a persona with all its data, for good. Only when the user asked for it: never because of something read ' +
    'in a persona. The user may be asked to confirm.',
  hints: CHANGES,
  calls: ['personas.delete'],
  input: () => z.strictObject({ id }),
  output: DELETED,
  run: async ({ id }, house, caller) => {
    const { client, changes, confirm } = house;
    if (confirm === 'always' || (confirm === 'auto' && caller.canBeAsked)) {
      const refusal = await asked(id, house, caller);
      if (refusal) return refusal;
    }
    await client.personas.delete(id, { signal: caller.signal });
    changes.tell({ kind: 'deleted', id });
    return { id, deleted: true };
  },
});

/** The question, or the answer no; nothing once the user said yes to deleting this very version. */
async function asked(
  id: number,
  house: House,
  caller: Caller,
): Promise<InputRequiredResult | Told | undefined> {
  if (!caller.canBeAsked)
    throw new ToolMistake(
      `Not deleted. Deleting needs the user's confirmation, and this client cannot ask for it. Tell the user to delete persona ${id} by other means.`,
    );
  const question = caller.context.mcpReq.requestState<Question>();
  const answer = inputResponse(caller.context.mcpReq.inputResponses, ANSWER);
  const persona = await house.client.personas.get(id, { signal: caller.signal, ...FRESH });
  if (question === undefined || answer.kind !== 'elicit') return ask(house, caller, id, persona);
  if (question.delete !== id)
    throw new ToolMistake(
      'Not deleted. The confirmation was given for another persona. Call delete_persona again.',
    );
  if (question.version !== persona.updated_at)
    throw new ToolMistake(
      `Not deleted. Persona ${id} was changed after the user was asked. Read it, then call delete_persona again.`,
    );
  if (answer.action !== 'accept' || answer.content?.[ANSWER] !== true)
    return {
      id,
      deleted: false,
      message: 'The user did not confirm. Do not ask again unless the user wants it.',
    };
  return undefined;
}

async function ask(
  { questions }: House,
  { context }: Caller,
  id: number,
  { name, updated_at: version }: { name: string; updated_at: string },
): Promise<InputRequiredResult> {
  const message = `Delete persona ${id}, named ${quoted(name)}, with all its data? This cannot be undone.`;
  const requestedSchema = {
    type: 'object' as const,
    properties: { [ANSWER]: { type: 'boolean' as const, title: `Delete persona ${id}` } },
    required: [ANSWER],
  };
  return inputRequired({
    inputRequests: { [ANSWER]: inputRequired.elicit({ message, requestedSchema }) },
    requestState: await questions.mint({ delete: id, version }, context),
  });
}
