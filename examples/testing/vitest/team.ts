import type { PersonaClientLike } from 'persona-client';

/** The code under test: moves all personas from one city to another. Returns their names. */
export async function relocate(
  { personas, demographic }: Pick<PersonaClientLike, 'personas' | 'demographic'>,
  from: string,
  to: string,
): Promise<string[]> {
  const names: string[] = [];
  for (const persona of await personas.toArray())
    if (persona.demographic?.city === from) {
      await demographic.update(persona.id, { city: to });
      names.push(persona.name);
    }
  return names;
}
