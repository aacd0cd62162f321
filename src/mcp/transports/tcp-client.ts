import { connect, type Socket } from 'node:net';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { LineSplitter } from './line-splitter.js';

/** The limit of the MCP SDK. */
const MAX_RESPONSE_BYTES = 10 * 1_048_576;

/**
 * A transport that connects the `Client` of the MCP SDK to `persona-client mcp --tcp`, as JSON lines over TCP.
 *
 * Needs the package `@modelcontextprotocol/client`, but not `@modelcontextprotocol/server`.
 *
 * @example
 * ```ts
 * import { Client } from '@modelcontextprotocol/client';
 *
 * const client = new Client({ name: 'example', version: '1.0.0' });
 * await client.connect(new TcpClientTransport('localhost', 8123));
 * ```
 */
export class TcpClientTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <Message extends JSONRPCMessage>(message: Message) => void;

  private readonly connection: Connection;

  /**
   * @param host The host of the server. @default 'localhost'
   * @param port The port of the server. @default 8123
   */
  constructor(host = 'localhost', port = 8123) {
    this.connection = createConnection(host, port);
  }

  /**
   * Connects to the server. `client.connect()` calls this method.
   *
   * @throws the error of the socket if the connection fails.
   */
  start(): Promise<void> {
    return this.connection.open({
      onClose: () => this.onclose?.(),
      onError: (error) => this.onerror?.(error),
      onMessage: (message) => this.onmessage?.(message),
    });
  }

  /** Sends a message. @throws {Error} before `start()`. */
  send(message: JSONRPCMessage): Promise<void> {
    return this.connection.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.connection.destroy();
  }
}

interface Listeners {
  readonly onClose: () => void;
  readonly onError: (error: Error) => void;
  readonly onMessage: (message: JSONRPCMessage) => void;
}

type Connection = ReturnType<typeof createConnection>;

/** Returns functions: a framework may wrap the transport in a Proxy, which breaks sockets and private fields (`#x`). */
function createConnection(host: string, port: number) {
  let socket: Socket | undefined;
  return {
    open: ({ onClose, onError, onMessage }: Listeners): Promise<void> => {
      const lines = new LineSplitter(MAX_RESPONSE_BYTES, {
        onLine: (line) => {
          let message: JSONRPCMessage;
          try {
            message = JSON.parse(line);
          } catch (error) {
            return onError(error as Error);
          }
          onMessage(message);
        },
        onLargeLine: () => onError(new Error('The server sent a message of more than 10 MiB.')),
      });
      return new Promise((resolve, reject) => {
        const opening = connect(port, host);
        socket = opening;
        opening.once('error', reject);
        opening.once('connect', () => {
          opening.off('error', reject).on('error', onError);
          opening.on('data', (chunk: Buffer) => lines.write(chunk));
          opening.on('close', onClose);
          resolve();
        });
      });
    },
    write: (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        if (!socket) reject(new Error('Not connected. Call start() first.'));
        else socket.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    destroy: () => void socket?.destroy(),
  };
}
