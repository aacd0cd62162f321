import { HTML_TYPE, type ServiceRequest, type ServiceResponse } from './http.js';

/** Merges adjacent slashes, as the web framework of real services does. */
export const mergeSlashes = (path: string): string => path.replace(/\/{2,}/g, '/');

/** Escapes a decoded path for a URL. */
const encodePath = (path: string): string => encodeURI(path).replace(/[?#]/g, encodeURIComponent);

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('>', '&gt;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&#34;');

/** Redirects to a path of the same service. The client repeats method and body there. */
export function redirectTo(path: string, { headers, query }: ServiceRequest): ServiceResponse {
  const location = `http://${headers.host ?? 'localhost'}${encodePath(path)}${query && `?${query}`}`;
  const url = escapeHtml(location);
  const body =
    '<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n' +
    `<p>You should be redirected automatically to the target URL: <a href="${url}">${url}</a>. If not, click the link.\n`;
  return { status: 308, headers: { 'content-type': HTML_TYPE, location }, body };
}
