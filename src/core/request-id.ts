/** A call's id. Made when it is first asked for: what is answered from the cache needs none. */
export class RequestId {
  #text: string | undefined;

  constructor(given?: string) {
    this.#text = given;
  }

  get text(): string {
    this.#text ??= newRequestId();
    return this.#text;
  }
}

/** `crypto.randomUUID` is missing on pages without TLS; random bytes are not. */
export function newRequestId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
