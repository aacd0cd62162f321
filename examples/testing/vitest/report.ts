import { PersonaClient } from 'persona-client';

/** Code that makes its own client, so that a test can hand it none. */
export async function report(): Promise<string> {
  using client = new PersonaClient({ baseUrl: 'https://personas.example.com', retry: { backoffMs: 1 } });
  const { items, total } = await client.personas.list({ perPage: 3 });
  return `${total} personas, last changed: ${items.map(({ name }) => name).join(', ')}`;
}
