import { connect, type Socket } from 'node:net';
import {
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/server';

/**
 * The other end of `persona-client mcp --tcp`: a transport for the MCP SDK's `Client`, in place of the
 * `SocketClientTransport` that the guide imagines.
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

  readonly #host: string;
  readonly #port: number;
  readonly #buffer = new ReadBuffer();
  #socket: Socket | undefined;

  /** @param host where the server listens. @default 'localhost' @param port its port. @default 8123 */
  constructor(host = 'localhost', port = 8123) {
    this.#host = host;
    this.#port = port;
  }

  /** Connect. Called by `client.connect()`. @throws the socket's error when nobody listens there. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, this.#host);
      this.#socket = socket;
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject).on('error', (error) => this.onerror?.(error));
        socket.on('data', (chunk: Buffer) => this.#read(chunk));
        socket.on('close', () => this.onclose?.());
        resolve();
      });
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket) reject(new Error('Not connected: call start() first.'));
      else this.#socket.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      this.#buffer.append(chunk);
      for (let message = this.#buffer.readMessage(); message !== null; message = this.#buffer.readMessage())
        this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
