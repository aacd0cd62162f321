import type { AuthOptions } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { TokenPair } from '../config/token-store.js';
import { newRandomId } from '../core/random-id.js';
import { haveSameSubject } from './jwt.js';
import { sha256 } from './sha256.js';

/** Identifies a caller: the configured principal or the first credential, never an unverified claim. */
export type Principal =
  | { readonly principal: string }
  | Exclude<AuthOptions, { getToken: unknown }>
  | 'anonymous'
  | 'unverified';

/**
 * Whether new tokens belong to the same user as the current ones.
 *
 * Equal access tokens do. Otherwise, the claims `sub` and `iss` decide. If they show nothing, the session ids decide. If one of
 * these is missing, `isProven` decides.
 *
 * @param isProven whether the session's own refresh token or password, or the application's `principal`, shows the user.
 */
export const isSameUser = (current: TokenPair, next: TokenPair, isProven: boolean): boolean =>
  current.accessToken === next.accessToken ||
  (haveSameSubject(current.accessToken, next.accessToken) ??
    (current.sessionId && next.sessionId ? current.sessionId === next.sessionId : isProven));

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
 * The key is a hash, because the cache still contains the key after the credential is gone.
 */
export const identityKey = ({ headers, policy }: ResolvedOptions, principal: Principal): string =>
  sha256(
    JSON.stringify([principal === 'unverified' ? newRandomId() : principal, headers, policy.redactedPaths]),
  );

/** The storage name from the client options. `token` and `getToken` are supplied on every start, so they are never stored. */
export function configuredStorageName({ auth, principal }: ResolvedOptions): string | undefined {
  if (auth && ('token' in auth || 'getToken' in auth)) return undefined;
  return principal ?? (auth && 'username' in auth ? auth.username : undefined);
}
