/** What is known of a message that is too large to be parsed. */
export interface MessageEnvelope {
  /** Whether the message has a method: it is a request or a notification, but not a response. */
  readonly hasMethod: boolean;
  readonly isBatch: boolean;
  readonly id: string | number | undefined;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [COLON, COMMA] = [0x3a, 0x2c];
/** The longest key or value that matters, in bytes. Longer ones are cut, and then match nothing. */
const MAX_TOKEN_BYTES = 256;

/**
 * Reads the members `id` and `method` of a JSON-RPC message in constant memory.
 *
 * Clients write the id first or last, so the scanner reads the whole message. Ignores nested members of the same name.
 */
export class EnvelopeScanner {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isBatch = false;
  #hasMethod = false;
  #id: string | number | undefined;
  #key = '';
  /** The first bytes of the current key or value of the outermost object, as Latin-1. */
  #token = '';

  get envelope(): MessageEnvelope {
    return { hasMethod: this.#hasMethod, isBatch: this.#isBatch, id: this.#id };
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.#read(byte);
  }

  #read(byte: number): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInString = false;
      this.#keep(byte);
    } else if (byte === QUOTE) {
      this.#isInString = true;
      this.#keep(byte);
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      if (this.#depth === 0) this.#isBatch = byte === OPENING_BRACKET;
      this.#depth++;
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      if (this.#depth === 1) this.#endMember();
      this.#depth--;
    } else if (this.#depth === 1 && byte === COLON) {
      this.#key = this.#takeToken();
    } else if (this.#depth === 1 && byte === COMMA) {
      this.#endMember();
    } else {
      this.#keep(byte);
    }
  }

  #keep(byte: number): void {
    if (this.#token.length < MAX_TOKEN_BYTES) this.#token += String.fromCharCode(byte);
  }

  #takeToken(): string {
    const token = Buffer.from(this.#token, 'latin1').toString('utf8').trim();
    this.#token = '';
    return token;
  }

  #endMember(): void {
    const value = this.#takeToken();
    if (this.#key === '"method"') this.#hasMethod = true;
    if (this.#key === '"id"') this.#id = parseId(value);
    this.#key = '';
  }
}

function parseId(text: string): string | number | undefined {
  try {
    const id: unknown = JSON.parse(text);
    return typeof id === 'string' || Number.isSafeInteger(id) ? (id as string | number) : undefined;
  } catch {
    return undefined;
  }
}
