/**
 * Returns a path of this application, and `/personas` for any other target. Prevents open redirects after signing in.
 *
 * Checks the normalized path, because that is what browsers receive: `/.//evil.example` becomes `//evil.example`, the
 * address of another site.
 */
export function localPath(target = ''): string {
  const normalized = target.startsWith('/') ? resolve(target) : undefined;
  return normalized !== undefined && resolve(normalized) === normalized ? normalized : '/personas';
}

const ORIGIN = 'http://localhost.invalid';

/** Resolves a target as a browser does. Returns `undefined` for a target on another site. */
function resolve(target: string): string | undefined {
  const url = URL.parse(target, ORIGIN);
  return url?.origin === ORIGIN ? `${url.pathname}${url.search}` : undefined;
}
