import type { AuthOptions } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { newRequestId } from '../core/request-id.js';
import { sha256 } from './sha256.js';

/** By what an identity is known: the application's word, or the credential first presented. Never a claim that nobody has checked. */
export type Principal =
  | { readonly principal: string }
  | Exclude<AuthOptions, { getToken: unknown }>
  | 'nobody'
  | 'unknown';

/** As whom these settings let a client call. */
export function configured({ principal, auth }: ResolvedOptions): Principal {
  if (principal !== undefined) return { principal };
  if (auth === undefined) return 'nobody';
  return 'getToken' in auth ? 'unknown' : auth;
}

/**
 * Equal for equal ones, who may see each other's data; what is unknown equals nothing else. Headers such as a gateway's
 * key are part of it, and so is what is hidden from them. A hash, since it lives on in the cache when the credential is gone.
 */
export const identityOf = ({ headers, policy }: ResolvedOptions, known: Principal): string =>
  sha256(JSON.stringify([known === 'unknown' ? newRequestId() : known, headers, policy.hidden]));
