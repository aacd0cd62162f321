/** How long a token lives by its own word, in milliseconds, if that is a second at least. Read without trust: only used to refresh in time. */
export function lifetimeOf(token: string): number | undefined {
  const { exp, iat } = claimsOf(token);
  return isTime(exp) && isTime(iat) && exp - iat >= 1 ? (exp - iat) * 1000 : undefined;
}

/**
 * When a token ends that was granted some time ago, by this machine's clock. Nothing where it does not tell, or has
 * ended by a clock that may be wrong; never further away than its whole life.
 */
export function endOf(token: string): number | undefined {
  const { exp } = claimsOf(token);
  const now = Date.now();
  if (!isTime(exp) || exp * 1000 <= now) return undefined;
  return Math.min(exp * 1000, now + (lifetimeOf(token) ?? Number.POSITIVE_INFINITY));
}

/** Whom a token speaks for; nothing where it does not tell. */
export const subjectOf = (token: string): unknown => claimsOf(token).sub;

interface Claims {
  readonly exp?: unknown;
  readonly iat?: unknown;
  readonly sub?: unknown;
}

function claimsOf(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

/** Seconds since 1970 that stay within what a Date can hold, also when two are added. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 4e12;
