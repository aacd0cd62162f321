/*
 * A base path precedes the routes, such as `/gateway` in `/gateway/api/v1/personas` and `/gateway/health`. A client sends the
 * base path of its `baseUrl`. If a `baseUrl` ends with `/api/v1`, that is not a part of the base path.
 */

/** Returns the base path that a client sends if its `baseUrl` has this path. */
export const toClientBasePath = (path: string): string => path.replace(/\/+$/, '').replace(/\/api\/v1$/, '');

const isRoute = (path: string): boolean => /^\/+(?:api\/v1\/|health$)/.test(path);

/** Removes a base path. Routes also work without it, even if a route starts with the same text as the base path. */
export function removeBasePath(path: string, basePath: string): string {
  if (!path.startsWith(`${basePath}/`)) return path;
  const rest = path.slice(basePath.length);
  return isRoute(path) && !isRoute(rest) ? path : rest;
}

/** Removes everything before the route from a path. */
export const removeAnyBasePath = (path: string): string => path.replace(/^.*(?=\/api\/v1\/|\/health$)/s, '');
