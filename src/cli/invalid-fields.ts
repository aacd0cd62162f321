import { escapeControls } from '../core/safe-text.js';
import type { InvalidField, PersonaClient } from '../index.js';
import { printToStderr } from './output.js';

const MAX_LINES = 20;

/** Prints to standard error which data the client omits. Prints names and rules, never values. */
export function printInvalidFields(client: Pick<PersonaClient, 'on'>): void {
  const lines = new Set<string>(); // a command may read a persona several times
  client.on('invalidField', (field) => {
    const line = describeInvalidField(field);
    if (lines.size > MAX_LINES || lines.has(line)) return;
    lines.add(line);
    printToStderr(lines.size > MAX_LINES ? 'More invalid data was omitted.' : line);
  });
}

function describeInvalidField({ personaId, path, rule, omitted }: InvalidField): string {
  const persona = personaId === undefined ? 'A persona without a valid id' : `Persona ${personaId}`;
  const name = escapeControls(path.join('.')) || 'it';
  return omitted === 'row'
    ? `${persona} was omitted, because ${name} is invalid: ${rule}`
    : `${persona}: ${name} was omitted: ${rule}`;
}
