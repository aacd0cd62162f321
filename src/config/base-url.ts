/** Returns what is wrong with a base URL: it must be an absolute http(s) URL without credentials, query and fragment. */
export function findBaseUrlProblem(baseUrl: string): string | undefined {
  if (!URL.canParse(baseUrl)) return 'must be an absolute URL such as http://localhost:5050';
  const { username, password, search, hash } = new URL(baseUrl);
  if (!/^\s*https?:\/\/[^/\\]/i.test(baseUrl)) return 'must start with http:// or https:// and a host';
  if (username !== '' || password !== '')
    return 'must not contain a user name or password. Use the auth option';
  return search !== '' || hash !== '' ? 'must not have a query or a fragment' : undefined;
}

/** Removes a trailing slash and the API path (`/api/v1`) from a valid base URL. */
export function normalizeBaseUrl(baseUrl: string, apiVersion: string): string {
  const { origin, pathname } = new URL(baseUrl);
  const base = `${origin}${pathname}`.replace(/\/+$/, '');
  const apiPath = `/api/${apiVersion}`;
  return base.endsWith(apiPath) ? base.slice(0, -apiPath.length) : base;
}
