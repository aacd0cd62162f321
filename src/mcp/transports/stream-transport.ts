import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { MAX_MESSAGE_BYTES } from './types.js';

/**
 * Sends and receives JSON lines on two streams.
 *
 * Closes the streams when the connection closes. The transport of the MCP SDK leaves them open, for example after a
 * message that is too large.
 */
export class StreamTransport extends StdioServerTransport {
  readonly #closeStreams: () => void;

  /** @param closeStreams Called when either side has closed the connection. */
  constructor(input: Readable, output: Writable, closeStreams: () => void) {
    super(input, output, { maxBufferSize: MAX_MESSAGE_BYTES });
    this.#closeStreams = closeStreams;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#closeStreams();
  }
}
