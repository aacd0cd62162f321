import { invalidOptionsError } from './invalid-options.js';

/**
 * Validates a base URL, and removes a trailing slash and the API path (`/api/v1`).
 *
 * @throws {PersonaValidationError} unless it is an absolute http(s) URL without credentials, query and fragment.
 */
export function normalizeBaseUrl(baseUrl: string, apiVersion: string): string {
  const invalidBaseUrl = (message: string) =>
    invalidOptionsError('PersonaClient', [{ path: ['baseUrl'], message }]);
  if (!URL.canParse(baseUrl)) throw invalidBaseUrl('must be an absolute URL such as http://localhost:5050');
  const url = new URL(baseUrl);
  if (!/^\s*https?:\/\/[^/\\]/i.test(baseUrl))
    throw invalidBaseUrl('must start with http:// or https:// and a host');
  if (url.username !== '' || url.password !== '')
    throw invalidBaseUrl('must not contain a user name or password. Use the auth option');
  if (url.search !== '' || url.hash !== '') throw invalidBaseUrl('must not have a query or a fragment');
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const apiPath = `/api/${apiVersion}`;
  return base.endsWith(apiPath) ? base.slice(0, -apiPath.length) : base;
}
