import type { Context } from 'hono';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * Creates a function that checks by the Origin header whether a page may send forms.
 *
 * Behind a proxy that terminates TLS, the application receives `http:` requests, while browsers are on `https:`. `X-Forwarded-*`
 * headers are ignored, because any client can send them.
 *
 * @param publicOrigins the origins that browsers use, such as `https://app.example`. Without one, the host of the Origin header
 * must equal the Host header.
 */
export function createOriginCheck(publicOrigins: readonly string[]) {
  return (origin: string, c: Context): boolean => {
    const host = new URL(c.req.url).host;
    if (publicOrigins.includes(origin)) return true;
    if (publicOrigins.length > 0 && !LOOPBACK.test(host)) return false;
    const { protocol } = URL.parse(origin) ?? {};
    const expected = URL.parse(`${protocol}//${host}`); // omits the default port of the protocol
    return /^https?:$/.test(protocol ?? '') && expected?.origin === origin;
  };
}

/**
 * Whether the browser uses `https:`. Then its cookies must be `Secure`.
 *
 * A browser can omit the Origin header, or send `null`. Then the public origins decide.
 */
export function isHttps(c: Context, publicOrigins: readonly string[]): boolean {
  const origin = c.req.header('origin') ?? '';
  const candidates = /^https?:/.test(origin) ? [origin] : [...publicOrigins, c.req.url];
  return candidates.some((url) => url.startsWith('https:'));
}

/**
 * Parses the public URLs of the application: `https://app.example, https://app.example:8443`.
 *
 * @throws {TypeError} if one of them is not an `http:` or `https:` URL.
 */
export const parsePublicOrigins = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((url) => {
      const { origin, protocol } = URL.parse(url) ?? {};
      if (origin === undefined || !/^https?:$/.test(protocol ?? ''))
        throw new TypeError(`PUBLIC_URL: '${url}' is not an http: or https: URL`);
      return origin;
    });
