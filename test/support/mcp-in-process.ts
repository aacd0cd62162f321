import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { PersonaMcpServer } from 'persona-client/mcp';
import { onTestFinished } from 'vitest';

/** A client of the 2025 era on the server itself, without a socket between. */
export async function connectTo(server: PersonaMcpServer): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const instance = await server({ era: 'legacy' });
  const client = new Client({ name: 'test', version: '1.0.0' });
  onTestFinished(() => client.close());
  await instance.connect(far);
  await client.connect(near);
  return client;
}
