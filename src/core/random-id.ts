/**
 * Generates a random id. Pages without TLS have no `crypto.randomUUID`, so the fallback uses random bytes. Without `crypto`, as
 * in jsdom, an id is unique but can be guessed. The client uses no id as a secret.
 */
export function newRandomId(): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (typeof crypto?.randomUUID === 'function') return crypto.randomUUID();
  const zeros = new Uint8Array(16);
  const bytes = crypto?.getRandomValues?.(zeros) ?? zeros.map(() => 256 * Math.random());
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
