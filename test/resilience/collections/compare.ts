import { type Persona, PersonaClient } from 'persona-client';

/** Whom the service holds. */
export async function held(url: string): Promise<Persona[]> {
  using client = new PersonaClient({ baseUrl: url, cache: false });
  return await client.personas.toArray();
}

/** What tells personas apart, if not their ids. */
const data = ({ name, demographic, psychographic, behavioral }: Partial<Persona>) =>
  JSON.stringify([
    name,
    demographic?.age,
    demographic?.city,
    psychographic?.interests,
    behavioral?.purchase_history,
  ]);

export function tallied(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** What an import should have brought in, against what is there. */
export function differences(items: Iterable<object>, there: readonly Persona[]) {
  const wanted = tallied([...items].map((item) => data(item as Partial<Persona>)));
  const found = tallied(there.map(data));
  const all = [...wanted.values()].reduce((sum, times) => sum + times, 0);
  let lost = 0;
  let duplicated = 0;
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    const more = (found.get(key) ?? 0) - (wanted.get(key) ?? 0);
    if (more > 0) duplicated += more;
    else lost -= more;
  }
  return { lost, duplicated, identical: all - wanted.size };
}
