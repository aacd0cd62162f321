import type { PersonaIssue } from '../core/errors/index.js';
import { isLoopbackHost } from '../core/host-header.js';
import { invalidOptionsError } from './invalid-options.js';
import type { HeaderOptions } from './request-options.js';

/**
 * Returns `true` for plain HTTP to another machine, where others can read the traffic.
 *
 * @param url a URL as the URL parser writes it: `127.1` and `0x7f000001` are then `127.0.0.1`.
 */
export function isPlaintextHttp(url: string): boolean {
  const host = /^http:\/\/(\[.*?\]|[^/:]*)/i.exec(url)?.[1];
  return host !== undefined && !isLoopbackHost(host);
}

/**
 * Rejects credentials that the client would send over plain HTTP.
 *
 * @param source names the function that received the options.
 * @param credentialPaths paths of the options that contain credentials.
 * @throws {PersonaValidationError} unless the origin is secure or `allowInsecureAuth` is set.
 */
export function assertSecureOrigin(
  { baseUrl, allowInsecureAuth }: { readonly baseUrl: string; readonly allowInsecureAuth: boolean },
  source: string,
  credentialPaths: readonly PersonaIssue['path'][],
): void {
  if (credentialPaths.length === 0 || allowInsecureAuth || !isPlaintextHttp(baseUrl)) return;
  const message = 'would be sent over plain http, which others can read. Use https, or set allowInsecureAuth';
  throw invalidOptionsError(
    source,
    credentialPaths.map((path) => ({ path, message })),
  );
}

/** Finds the paths of headers that contain credentials. */
export const findCredentialHeaders = (headers: HeaderOptions = {}): PersonaIssue['path'][] =>
  Object.keys(headers)
    .filter((name) => headers[name] !== null && /^(?:(?:proxy-)?authorization|cookie|x-api-key)$/i.test(name))
    .map((name) => ['headers', name]);
