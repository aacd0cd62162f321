const HEADERS_END = Buffer.from('\r\n\r\n');

/** Splits an HTTP/1.1 stream into messages. Bodies must have a content-length or be empty. */
export class HttpFramer {
  #incomplete: Buffer = Buffer.alloc(0);

  /** The bytes of the incomplete message. */
  get incomplete(): Buffer {
    return this.#incomplete;
  }

  /** Returns the messages that the chunk completes. */
  push(chunk: Buffer): Buffer[] {
    this.#incomplete = this.#incomplete.length === 0 ? chunk : Buffer.concat([this.#incomplete, chunk]);
    const messages: Buffer[] = [];
    let length = messageLength(this.#incomplete);
    while (length <= this.#incomplete.length) {
      messages.push(this.#incomplete.subarray(0, length));
      this.#incomplete = this.#incomplete.subarray(length);
      length = messageLength(this.#incomplete);
    }
    return messages;
  }
}

/** Returns the size of the first message in bytes, or infinity while the headers are incomplete. */
function messageLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEADERS_END);
  if (end < 0) return Number.POSITIVE_INFINITY;
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  return end + HEADERS_END.length + Number(contentLength ?? 0);
}
