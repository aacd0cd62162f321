const HEAD_END = Buffer.from('\r\n\r\n');

/** Cuts a stream of HTTP/1.1 into its messages. Bodies have a content-length or are empty. */
export class Framer {
  #held: Buffer = Buffer.alloc(0);

  /** Of the message under way. */
  get held(): Buffer {
    return this.#held;
  }

  push(chunk: Buffer): Buffer[] {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const messages: Buffer[] = [];
    for (let length = lengthOf(this.#held); length <= this.#held.length; length = lengthOf(this.#held)) {
      messages.push(this.#held.subarray(0, length));
      this.#held = this.#held.subarray(length);
    }
    return messages;
  }
}

function lengthOf(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return Number.POSITIVE_INFINITY;
  const body = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  return end + HEAD_END.length + Number(body ?? 0);
}
