import { type PersonaIssue, PersonaValidationError } from '../core/errors/index.js';
import { formatIssues } from '../core/validate.js';

/** `options` were given that cannot be. */
export const invalidOptions = (whose: string, issues: readonly PersonaIssue[]): PersonaValidationError =>
  new PersonaValidationError(`${whose}: invalid options: ${formatIssues(issues)}`, { issues });

/** The base URL without a slash at the end and without `/api/v1`: a whole http(s) URL, with nothing secret in it. */
export function normalizeBaseUrl(baseUrl: string, apiVersion: string): string {
  const refuse = (message: string) => invalidOptions('PersonaClient', [{ path: ['baseUrl'], message }]);
  if (!URL.canParse(baseUrl)) throw refuse('must be a whole URL such as http://localhost:5050');
  const url = new URL(baseUrl);
  if (!/^\s*https?:\/\/[^/\\]/i.test(baseUrl)) throw refuse('must begin with http:// or https:// and a host');
  if (url.username !== '' || url.password !== '')
    throw refuse('must not hold a user name or password; give them as auth');
  if (url.search !== '' || url.hash !== '') throw refuse('must not have a query or a fragment');
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const api = `/api/${apiVersion}`;
  return base.endsWith(api) ? base.slice(0, -api.length) : base;
}

/** What goes there can be read on the way: plain http, and not to this very machine. */
export function isPlaintextHttp(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}

/** As the URL parser writes it, which makes `127.1` and `0x7f000001` four numbers. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

interface Wire {
  readonly baseUrl: string;
  readonly allowInsecureAuth: boolean;
}

/** @throws {PersonaValidationError} when credentials, which stand at these paths of the options, would be sent in the clear. */
export function assertSecureOrigin(
  { baseUrl, allowInsecureAuth }: Wire,
  whose: string,
  paths: readonly PersonaIssue['path'][],
): void {
  if (paths.length === 0 || allowInsecureAuth || !isPlaintextHttp(baseUrl)) return;
  const message =
    'would go over plain http, where others can read it: use https, or set allowInsecureAuth if you must';
  throw invalidOptions(
    whose,
    paths.map((path) => ({ path, message })),
  );
}

/** Headers that speak for someone. */
export const credentialsIn = (headers: Readonly<Record<string, string>> = {}): PersonaIssue['path'][] =>
  Object.keys(headers)
    .filter((name) => /^(?:(?:proxy-)?authorization|cookie|x-api-key)$/i.test(name))
    .map((name) => ['headers', name]);
