/** Request id of a call. Generated on first use, because a cache hit needs none. */
export class RequestId {
  #value: string | undefined;

  /** @param value an id from the caller's headers, used instead of a generated one. */
  constructor(value?: string) {
    this.#value = value;
  }

  get value(): string {
    this.#value ??= newRequestId();
    return this.#value;
  }
}

/** Generates a request id. Pages without TLS have no `crypto.randomUUID`, so the fallback uses random bytes. */
export function newRequestId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
