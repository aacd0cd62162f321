import { connect as connectSocket, type NetConnectOpts } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ProtocolVersion } from './mcp.js';
import type { RpcMessage } from './mcp-command.js';

export interface RpcRequest {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

/** The parameters that every request of a modern client has. */
const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1.0.0' },
};

const openingRequests = (protocolVersion: string): RpcRequest[] => [
  {
    id: 'init',
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } },
  },
  { method: 'notifications/initialized' },
];

/** Formats requests as JSON lines. For a legacy version, `initialize` comes before them. */
export function toLines(version: ProtocolVersion | '2025-03-26', requests: readonly RpcRequest[]): string {
  const messages =
    version === '2026-07-28'
      ? requests.map(({ params, ...request }) => ({ ...request, params: { ...params, _meta: MODERN_META } }))
      : [...openingRequests(version), ...requests];
  return messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('');
}

export const toolCall = (id: number | string, name: string, args: object = {}): RpcRequest => ({
  id,
  method: 'tools/call',
  params: { name, arguments: { ...args } },
});

export const parseLines = (text: string): (RpcMessage | RpcMessage[])[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** Connects to a server until the test ends. Collects the messages that the server sends. */
export function connectLines(options: NetConnectOpts) {
  const socket = connectSocket(options);
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.on('error', () => undefined); // A reset also closes the connection.
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    messages: () => parseLines(received.slice(0, received.lastIndexOf('\n') + 1)),
    closed: new Promise<void>((resolve) => socket.on('close', () => resolve())),
  };
}
