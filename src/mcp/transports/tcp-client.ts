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

  readonly #host: string;
  readonly #port: number;
  readonly #lines = new LineSplitter(MAX_RESPONSE_BYTES, {
    onLine: (line) => this.#receive(line),
    onLargeLine: () => this.onerror?.(new Error('The server sent a message of more than 10 MiB.')),
  });
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
        socket.on('data', (chunk: Buffer) => this.#lines.write(chunk));
        socket.on('close', () => this.onclose?.());
        resolve();
      });
    });
  }

  /** Sends a message. @throws {Error} before `start()`. */
  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#socket) reject(new Error('Not connected. Call start() first.'));
      else this.#socket.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
  }

  #receive(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = JSON.parse(line);
    } catch (error) {
      this.onerror?.(error as Error);
      return;
    }
    this.onmessage?.(message);
  }
}
