/**
 * The guide's MCP client: connect to the server's socket, list the personas, get the first.
 *
 *   npm run serve                                        in one shell
 *   npx tsx src/cli/index.ts mcp --tcp 8123              in another
 *   npx tsx examples/mcp-client.ts                       in a third
 *
 * PERSONA_MCP_PORT is the port of the socket; default 8123.
 */
import { Client } from '@modelcontextprotocol/client';
import { TcpClientTransport } from 'persona-client/mcp';

export { TcpClientTransport };

const client = new Client({ name: 'example', version: '1.0.0' });
await client.connect(new TcpClientTransport('localhost', Number(process.env.PERSONA_MCP_PORT ?? 8123)));
console.log('Connected to MCP server');

try {
  const list = await call('list_personas', { page: 1, per_page: 5 });
  console.log('Personas:', list.personas);

  const [first] = list.personas;
  if (first) console.log('Persona details:', await call('get_persona', { id: first.id }));
} finally {
  await client.close();
  console.log('Disconnected from MCP server');
}

/** A tool's result is text; the text is JSON. One that failed says in words what to do. */
async function call(name: string, args: Record<string, unknown>) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [block] = content;
  const text = block?.type === 'text' ? block.text : '';
  if (isError) throw new Error(text);
  return JSON.parse(text);
}
