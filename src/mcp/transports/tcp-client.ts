import { connect, type Socket } from 'node:net';
import {
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/server';

/**
 * A transport that connects the `Client` of the MCP SDK to `persona-client mcp --tcp`.
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

  /**
   * @param host The host of the server. @default 'localhost'
   * @param port The port of the server. @default 8123
   */
  constructor(host = 'localhost', port = 8123) {
    this.#host = host;
    this.#port = port;
  }

  /**
   * Connects to the server. `client.connect()` calls this method.
   *
   * @throws the error of the socket if the connection fails.
   */
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

  /** Sends a message. @throws {Error} before `start()`. */
  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket) reject(new Error('Not connected. Call start() first.'));
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
