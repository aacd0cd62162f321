/** A URL as the URL parser writes it, without credentials, query and fragment: its scheme, and its host with the path. */
const BASE_URL = /^(https?:\/\/)([^/?#\\@]+(?:\/[^?#]*)?)[?#]?$/i;

/**
 * Returns the URL as the URL parser writes it, or an empty string unless it is an absolute http(s) URL.
 *
 * Reads only `href`, because the `URL` of React Native lacks `canParse`, and many of its versions throw for most properties.
 */
function parseUrl(text: string): string {
  try {
    return /^\s*https?:\/\/[^/\\]/i.test(text) ? new URL(text).href : '';
  } catch {
    return '';
  }
}

/** Returns what is wrong with a base URL: it must be an absolute http(s) URL without credentials, query and fragment. */
export function findBaseUrlProblem(baseUrl: string): string | undefined {
  const href = parseUrl(baseUrl);
  if (!href) return 'must be an absolute URL such as http://localhost:5050';
  return BASE_URL.test(href)
    ? undefined
    : 'must not contain a user name or password, a query or a fragment. Use the auth option';
}

/** Removes a trailing slash and the API path (`/api/v1`) from a valid base URL. */
export function normalizeBaseUrl(baseUrl: string, apiVersion: string): string {
  let [, scheme = '', location = ''] = BASE_URL.exec(parseUrl(baseUrl)) ?? [];
  while (location.endsWith('/')) location = location.slice(0, -1);
  const apiPath = `/api/${apiVersion}`; // the host `api` with the path `/v1` is no API path
  return scheme + (location.endsWith(apiPath) ? location.slice(0, -apiPath.length) : location);
}
