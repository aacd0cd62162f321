import type { AuthOptions } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { newRandomId } from '../core/random-id.js';
import { sha256 } from './sha256.js';

/** Identifies a caller: the configured principal or the first credential, never an unverified claim. */
export type Principal =
  | { readonly principal: string }
  | Exclude<AuthOptions, { getToken: unknown }>
  | 'anonymous'
  | 'unverified';

/** Returns the principal that the client options determine. */
export function configuredPrincipal({ principal, auth }: ResolvedOptions): Principal {
  if (principal !== undefined) return { principal };
  if (auth === undefined) return 'anonymous';
  return 'getToken' in auth ? 'unverified' : auth;
}

/**
 * Returns the same key for callers who may share cached data. Unverified callers get a unique key.
 *
 * The key covers the headers, such as a gateway's API key, and the redacted fields.
 * The key is a hash, because the cache still contains the key after the credential is gone. 128 bits of the hash suffice, and make
 * the lookups in the cache faster.
 */
export const identityKey = ({ headers, policy }: ResolvedOptions, principal: Principal): string =>
  sha256(
    JSON.stringify([principal === 'unverified' ? newRandomId() : principal, headers, policy.redactedPaths]),
  ).slice(0, IDENTITY_DIGITS);

/** Hexadecimal digits of an identity key. */
const IDENTITY_DIGITS = 32;
