/** How long a token lives by its own word, in milliseconds. Read without trust: only used to refresh in time. */
export function lifetimeOf(token: string): number | undefined {
  try {
    const payload = token.split('.')[1] ?? '';
    const { exp, iat } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const lifetimeMs = (exp - iat) * 1000;
    return Number.isFinite(lifetimeMs) && lifetimeMs > 0 ? lifetimeMs : undefined;
  } catch {
    return undefined;
  }
}
