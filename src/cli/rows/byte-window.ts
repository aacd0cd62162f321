const INITIAL_BYTES = 128 * 1024;

/** The bytes of a stream that were appended and not yet skipped. Appending costs linear time in total. */
export class ByteWindow {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #start = 0;
  #end = 0;
  #offset = 0;

  /** Number of skipped bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Returns a view that is valid until the next call of `append`. */
  unread(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  skip(count: number): void {
    this.#start += count;
    this.#offset += count;
  }

  append(chunk: Buffer): void {
    const unread = this.unread();
    const size = unread.length + chunk.length;
    if (this.#end + chunk.length > this.#bytes.length) {
      // Moves the unread bytes to the start of the buffer, or of a larger buffer if they would fill more than half.
      const target = 2 * size > this.#bytes.length ? Buffer.allocUnsafe(2 * size) : this.#bytes;
      unread.copy(target);
      this.#bytes = target;
      this.#start = 0;
      this.#end = unread.length;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }
}
