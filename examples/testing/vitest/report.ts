import { PersonaClient } from 'persona-client';

/** The code under test. It creates its own client, so a test cannot pass one. */
export async function report(): Promise<string> {
  using client = new PersonaClient({ baseUrl: 'https://personas.example.com', retry: { backoffMs: 1 } });
  const { items, total } = await client.personas.list({ perPage: 3 });
  return `${total} personas, last updated: ${items.map(({ name }) => name).join(', ')}`;
}
