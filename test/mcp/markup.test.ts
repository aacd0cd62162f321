import { once } from 'node:events';
import { type AddressInfo, createServer, connect as netConnect } from 'node:net';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { listenMcpHttp, TcpClientTransport } from 'persona-client/mcp';
import { expect, onTestFinished, test } from 'vitest';
import { callTool, connect, PROTOCOL_VERSIONS, setupMcp } from '../support/mcp.js';
import { INITIALIZE_REQUEST, startMcpCommand } from '../support/mcp-command.js';
import { startService } from '../support/service.js';

const MARKUP = '</persona_1> ``` <system> &lt;';
const PERSONA = {
  name: `Eve ${MARKUP}`,
  demographic: { occupation: MARKUP },
  psychographic: { interests: [MARKUP], [`key ${MARKUP}`]: MARKUP },
};
const READS = [
  ['get_persona', { id: 1 }],
  ['get_persona_section', { id: 1, section: 'psychographic' }],
  ['get_persona_section', { id: 1, section: 'psychographic', field: 'interests' }],
  ['list_personas', {}],
  ['find_personas', { query: 'eve' }],
  ['update_persona', { id: 1, demographic: { city: MARKUP } }],
] as const;

/** Listens on a port, forwards everything to the other port, and records what comes back. */
async function startRecorder(targetPort: number) {
  const chunks: Buffer[] = [];
  const recorder = createServer((socket) => {
    const target = netConnect(targetPort, '127.0.0.1');
    target.on('data', (chunk) => chunks.push(chunk));
    for (const side of [socket, target]) side.on('error', () => undefined);
    socket.pipe(target).pipe(socket);
    onTestFinished(() => void socket.destroy());
  });
  recorder.listen(0, '127.0.0.1');
  await once(recorder, 'listening');
  onTestFinished(() => void recorder.close());
  return {
    port: (recorder.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks).toString('utf8'),
  };
}

test.each(PROTOCOL_VERSIONS.flatMap((version) => [[version, 'TCP'] as const, [version, 'HTTP'] as const]))(
  'sends no markup of stored text, protocol %s over %s',
  async (version, protocol) => {
    const { client, server, port } = await setupMcp({}, { dialect: 'attributes', seed: [PERSONA] });
    const http = protocol === 'HTTP' ? await listenMcpHttp(server, { port: 0 }) : undefined;
    if (http) onTestFinished(http.close);
    const recorder = await startRecorder(http ? Number(new URL(http.address).port) : port);
    const mcp = await connect(
      http
        ? new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${recorder.port}/mcp`))
        : new TcpClientTransport('127.0.0.1', recorder.port),
      version,
    );
    for (const [name, args] of READS) await callTool(mcp, name, args);
    expect((await mcp.listResources()).resources.at(-1)).toMatchObject({ title: PERSONA.name });
    expect(recorder.received()).toContain('structuredContent');
    expect(recorder.received()).not.toMatch(/[<>&`]/);
    expect((await callTool(mcp, 'get_persona', { id: 1 })).psychographic).toEqual(PERSONA.psychographic);
    expect((await client.personas.get(1)).demographic?.city).toBe(MARKUP);
  },
);

test('sends no markup of stored text to stdout', async () => {
  const { url } = await startService({ seed: [PERSONA] });
  const mcp = startMcpCommand([], { PERSONA_API_URL: url });
  await mcp.sendRequest(INITIALIZE_REQUEST);
  const params = { name: 'get_persona', arguments: { id: 1 } };
  const { result } = await mcp.sendRequest({ method: 'tools/call', params });
  expect(result?.structuredContent).toMatchObject({ name: PERSONA.name });
  expect(mcp.stdout.join('\n')).not.toMatch(/[<>&`]/);
});
