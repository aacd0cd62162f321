/**
 * Returns the lifetime of a token in milliseconds, from `iat` to `exp`. Undefined if unknown or under one second.
 *
 * The claims are not verified, so use the result only to schedule a refresh.
 */
export function tokenLifetimeMs(token: string): number | undefined {
  const { exp, iat } = parseClaims(token);
  return isTimestamp(exp) && isTimestamp(iat) && exp - iat >= 1 ? (exp - iat) * 1000 : undefined;
}

/**
 * Returns the expiry of a token by its `exp` claim, in milliseconds since the epoch.
 *
 * The result is never later than one token lifetime from now. Undefined if `exp` is missing or in
 * the past. A time in the past proves nothing, because the local clock may be wrong.
 */
export function tokenExpiresAt(token: string): number | undefined {
  const { exp } = parseClaims(token);
  const now = Date.now();
  if (!isTimestamp(exp) || exp * 1000 <= now) return undefined;
  return Math.min(exp * 1000, now + (tokenLifetimeMs(token) ?? Number.POSITIVE_INFINITY));
}

/**
 * Whether the claims of two tokens name the same user. Returns `undefined` if the claims do not show it: if a token is
 * opaque, encrypted or without `sub`, or if two issuers use the same `sub`. A `sub` is unique only within its issuer.
 *
 * The claims are not verified, so use the result only for tokens of one session.
 */
export function haveSameSubject(token: string, otherToken: string): boolean | undefined {
  const { iss, sub } = parseClaims(token);
  const { iss: otherIss, sub: otherSub } = parseClaims(otherToken);
  if (!isUsableId(sub) || !isUsableId(otherSub)) return undefined;
  if (sub !== otherSub) return false;
  return iss === otherIss && (iss === undefined || isUsableId(iss)) ? true : undefined;
}

/** Whether a claim identifies a user or issuer. An unsafe integer does not: `JSON.parse` rounds it, so two ids may look equal. */
const isUsableId = (claim: unknown): boolean =>
  (typeof claim === 'string' && claim !== '') || Number.isSafeInteger(claim);

interface Claims {
  readonly iss?: unknown;
  readonly exp?: unknown;
  readonly iat?: unknown;
  readonly sub?: unknown;
}

function parseClaims(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

/** Whether a value is a time in seconds since the epoch. The limit keeps the sum of two values within the range of `Date`. */
const isTimestamp = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < 4e12;
