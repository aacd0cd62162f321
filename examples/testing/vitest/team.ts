import type { PersonaClientLike } from 'persona-client';

/** The code under test: everybody in one city moves to another. Answers their names. */
export async function move(
  { personas, demographic }: Pick<PersonaClientLike, 'personas' | 'demographic'>,
  from: string,
  to: string,
): Promise<string[]> {
  const moved: string[] = [];
  for (const persona of await personas.toArray())
    if (persona.demographic?.city === from) {
      await demographic.update(persona.id, { city: to });
      moved.push(persona.name);
    }
  return moved;
}
