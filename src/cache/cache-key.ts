/**
 * Builds the key of an entry. The key contains the endpoint name, because two endpoints may share a path.
 *
 * `join` creates a flat string. V8 stores a concatenation as a rope and flattens it at each lookup.
 */
export const cacheKey = (
  identity: string,
  { name, path }: { readonly name: string; readonly path: string },
): string => [identity, name, path].join(' ');
