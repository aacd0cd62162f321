/**
 * An MCP client: connects to the server over TCP, lists personas, and gets the first one.
 *
 * Run each command in its own shell:
 *
 *   npm run serve
 *   npx tsx src/cli/index.ts mcp --tcp 8123
 *   npx tsx examples/mcp-client.ts
 *
 * PERSONA_MCP_PORT is the port of the server, 8123 by default.
 */
import { Client } from '@modelcontextprotocol/client';
import { TcpClientTransport } from 'persona-client/mcp';

export { TcpClientTransport };

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(new TcpClientTransport('localhost', Number(process.env.PERSONA_MCP_PORT ?? 8123)));
console.log('Connected to MCP server');

try {
  const page = await callTool('list_personas', { page: 1, per_page: 5 });
  console.log('Personas:', page.personas);

  const [first] = page.personas;
  if (first) console.log('Persona details:', await callTool('get_persona', { id: first.id }));
} finally {
  await client.close();
  console.log('Disconnected from MCP server');
}

/** Calls a tool, and parses its JSON result. If the call fails, the text of the result says what to do. */
async function callTool(name: string, args: Record<string, unknown>) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [block] = content;
  const text = block?.type === 'text' ? block.text : '';
  if (isError) throw new Error(text);
  return JSON.parse(text);
}
