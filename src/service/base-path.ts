/*
 * A base path precedes the routes, such as `/gateway` in `/gateway/api/v1/personas` and `/gateway/health`. A client sends it if it
 * is in its `baseUrl`. `/api/v1` at the end of a `baseUrl` is no part of it.
 */

/** Returns the base path that a client sends if its `baseUrl` has this path. Keeps what precedes the path of a URL. */
export const toClientBasePath = (path: string): string => path.replace(/\/+$/, '').replace(/\/api\/v1$/, '');

const isRoute = (path: string): boolean => /^\/+(?:api\/v1\/|health$)/.test(path);

/** Removes a base path. The routes also work without it, even if they start like it. */
export function removeBasePath(path: string, basePath: string): string {
  if (!path.startsWith(`${basePath}/`)) return path;
  const rest = path.slice(basePath.length);
  return isRoute(path) && !isRoute(rest) ? path : rest;
}

/** Removes whatever precedes the route in a path. */
export const removeAnyBasePath = (path: string): string => path.replace(/^.*(?=\/api\/v1\/|\/health$)/s, '');
