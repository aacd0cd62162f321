import type { Persona } from '../../schemas/persona.js';

/**
 * Copies what the caller may see of a persona, before redaction. If no operation that the caller may call returns whole personas, this
 * is the category of its update, and what the next update needs.
 */
export function copyVisible(
  persona: Persona,
  category: string,
  isAllowed: (operation: string) => boolean,
): Persona {
  const { id, created_at, updated_at } = persona;
  const visible =
    isAllowed('personas.get') || isAllowed('personas.update')
      ? persona
      : { id, name: '', created_at, updated_at, [category]: Reflect.get(persona, category) };
  return JSON.parse(JSON.stringify(visible)) as Persona;
}
