import type { TokenPair } from '../config/token-store.js';
import { haveSameSubject } from './jwt.js';

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
