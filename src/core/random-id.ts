import { ignoreErrors } from './ignore-errors.js';

/**
 * Generates a random id. Pages without TLS have no `crypto.randomUUID`, so the fallback uses random bytes. Without a working
 * `crypto`, as in jsdom, an id is unique but can be guessed. The client uses no id as a secret.
 */
export const newRandomId = (): string =>
  ignoreErrors(() => crypto.randomUUID()) ??
  Array.from(
    ignoreErrors(() => crypto.getRandomValues(new Uint8Array(16))) ??
      new Uint8Array(16).map(() => 256 * Math.random()),
    (byte) => byte.toString(16).padStart(2, '0'),
  ).join('');
