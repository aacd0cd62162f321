/**
 * Builds the key of an entry. The key contains the endpoint name, because two endpoints may share a path. A `HEAD` has an entry of
 * its own, because its response has no body.
 *
 * `join` creates a flat string. V8 stores a concatenation as a rope and flattens it at each lookup.
 */
export const cacheKey = (
  identity: string,
  { name, path, method }: { readonly name: string; readonly path: string; readonly method?: string },
): string => [identity, method === 'HEAD' ? `HEAD ${name}` : name, path].join(' ');
