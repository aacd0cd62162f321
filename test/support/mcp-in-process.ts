import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { PersonaMcpServer } from 'persona-client/mcp';
import { onTestFinished } from 'vitest';

/** Connects a 2025-11-25 client to a server in memory, without a socket. */
export async function connectInProcess(server: PersonaMcpServer): Promise<Client> {
  const [clientTransport, serverTransport] = InMemoryTransport.createLinkedPair();
  const instance = await server({ era: 'legacy' });
  const client = new Client({ name: 'test', version: '1.0.0' });
  onTestFinished(() => client.close());
  await instance.connect(serverTransport);
  await client.connect(clientTransport);
  return client;
}
