/**
 * Generates a random id. Pages without TLS have no `crypto.randomUUID`, and jsdom may have no `crypto`. Such an id is unique,
 * but no secret, so the fallback need not be secure.
 */
export function newRandomId(): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (typeof crypto?.randomUUID === 'function') return crypto.randomUUID();
  const createPart = () => Math.random().toString(16).slice(2).padEnd(13, '0');
  return createPart() + createPart() + createPart();
}
