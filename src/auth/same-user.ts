import type { TokenPair } from '../config/token-store.js';
import { haveSameSubject } from './jwt.js';

/**
 * Whether new tokens belong to the same user as the current ones.
 *
 * Equal access tokens belong to the same user. Otherwise the claims `sub` and `iss` decide, then the session ids, then
 * `isProven`.
 *
 * @param isProven whether the session's own refresh token or password, or the `principal`, proves that the user is the same.
 */
export const isSameUser = (current: TokenPair, next: TokenPair, isProven: boolean): boolean =>
  current.accessToken === next.accessToken ||
  (haveSameSubject(current.accessToken, next.accessToken) ??
    (current.sessionId && next.sessionId ? current.sessionId === next.sessionId : isProven));
