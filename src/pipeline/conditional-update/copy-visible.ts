import type { Persona } from '../../schemas/persona.js';

/**
 * Copies the part of a persona that the caller may see, before redaction. A caller that may neither get nor update personas sees
 * only the category of its update, and the fields that the next update needs.
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
