import { type Persona, PersonaClient } from 'persona-client';

/** Lists all personas of a service. */
export async function listPersonas(url: string): Promise<Persona[]> {
  using client = new PersonaClient({ baseUrl: url, cache: false });
  return await client.personas.toArray();
}

/** The data of a persona without its id, to compare personas by content. */
const contentKey = ({ name, demographic, psychographic, behavioral }: Partial<Persona>) =>
  JSON.stringify([
    name,
    demographic?.age,
    demographic?.city,
    psychographic?.interests,
    behavioral?.purchase_history,
  ]);

export function countByValue(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Compares the stored personas with the items of an import. `identical` counts items that equal an earlier one. */
export function compareWithRows(items: Iterable<object>, stored: readonly Persona[]) {
  const expected = countByValue([...items].map((item) => contentKey(item as Partial<Persona>)));
  const actual = countByValue(stored.map(contentKey));
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  let lost = 0;
  let duplicated = 0;
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const surplus = (actual.get(key) ?? 0) - (expected.get(key) ?? 0);
    if (surplus > 0) duplicated += surplus;
    else lost -= surplus;
  }
  return { lost, duplicated, identical: total - expected.size };
}
