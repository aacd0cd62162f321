import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { MAX_MESSAGE_BYTES } from './types.js';

/** JSON lines on two streams. The SDK's own leaves the streams open when it ends a connection, as after a message too large. */
export class StreamTransport extends StdioServerTransport {
  readonly #ended: () => void;

  /** @param ended is called when the connection is over, whoever ended it. */
  constructor(input: Readable, output: Writable, ended: () => void) {
    super(input, output, { maxBufferSize: MAX_MESSAGE_BYTES });
    this.#ended = ended;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#ended();
  }
}
