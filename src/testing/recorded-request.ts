import {
  addBodySecrets,
  addTextSecrets,
  type RecordedBody,
  redactBody,
  unifyPlaceholders,
} from './redact-body.js';
import { isLoginPath, isPlainLoginName } from './secret-names.js';
import { REDACTED, type Secrets } from './secrets.js';

/** A request as a recording contains it, without secrets. */
export interface RequestRecord extends RecordedBody {
  readonly method: string;
  /** Path and query. The parameters are sorted. */
  readonly path: string;
  /** The headers that change the response: those of conditional requests. */
  readonly headers?: Readonly<Record<string, string>>;
}

const CONDITIONAL_HEADERS = ['if-match', 'if-modified-since', 'if-none-match', 'if-unmodified-since'];

/** A request of `fetch`, as plain data. */
export interface PlainRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/**
 * Reads the arguments of `fetch`.
 *
 * @param source names the function in errors.
 * @throws {TypeError} if the body is a stream, which can be read only once.
 */
export async function readRequest(
  source: string,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<PlainRequest> {
  const request = typeof input === 'object' && 'method' in input ? input : undefined;
  const url = new URL(request ? request.url : String(input), 'http://localhost');
  if (init.body instanceof ReadableStream)
    throw new TypeError(`${source}: a body that is a stream cannot be recorded. Pass text or bytes`);
  const body = init.body ?? undefined;
  const content =
    body === undefined ? await request?.clone().arrayBuffer() : await new Response(body).arrayBuffer();
  return {
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    url,
    headers: new Headers(init.headers ?? request?.headers),
    bytes: new Uint8Array(content ?? []),
  };
}

/** Adds the secrets in headers: tokens, cookies and keys. */
export function addHeaderSecrets(headers: Headers, secrets: Secrets): void {
  for (const cookie of headers.getSetCookie()) addCookieSecrets(cookie.split(';', 1)[0] ?? '', secrets);
  for (const [name, value] of headers) {
    if (name === 'cookie') addCookieSecrets(value, secrets);
    if (name === 'set-cookie') continue;
    if (name.endsWith('authorization')) addAuthorizationSecrets(value, secrets);
    else if (secrets.isSecretParameter(name)) secrets.add(value);
    else addTextSecrets(value, secrets, false); // for example a token in the URL of `Referer`
  }
}

/** Parameters of an authorization that are not secrets, as in Digest and in signatures of AWS. */
const PLAIN_PARAMETERS = /^(?:username|realm|uri|algorithm|qop|nc|signedheaders)$/i;
/** A parameter of an authorization: its name, and its value as a quoted string or as a token. */
const PARAMETER = /([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))/g;

function addAuthorizationSecrets(value: string, secrets: Secrets): void {
  const [, scheme = '', credentials = value] = /^(\S+)\s+(.+)$/.exec(value) ?? [];
  secrets.add(credentials);
  if (scheme.toLowerCase() === 'basic') addBasicSecrets(credentials, secrets);
  for (const [, name = '', quoted, token = ''] of credentials.matchAll(PARAMETER))
    if (!PLAIN_PARAMETERS.test(name)) secrets.add(quoted?.replace(/\\(.)/g, '$1') ?? token);
}

const addCookieSecrets = (text: string, secrets: Secrets): void => {
  for (const pair of text.split(';')) {
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    secrets.add(value);
    secrets.add(value.replace(/^"(.*)"$/, '$1'));
  }
};

function addBasicSecrets(credentials: string, secrets: Secrets): void {
  try {
    const decoded = atob(credentials);
    secrets.add(decoded);
    secrets.add(decoded.slice(decoded.indexOf(':') + 1));
  } catch {
    // not base64: the credentials themselves are known
  }
}

/** Whether a parameter of a query is a secret. A login may redirect to a URL with a code. */
const isSecretIn = (name: string, isLogin: boolean, secrets: Secrets): boolean =>
  secrets.isSecretParameter(name) || (isLogin && !isPlainLoginName(name));

/** Adds the secrets of a request. */
export function addRequestSecrets({ url, headers, bytes }: PlainRequest, secrets: Secrets): void {
  addHeaderSecrets(headers, secrets);
  for (const secret of [url.username, url.password]) {
    secrets.add(secret);
    secrets.add(new URLSearchParams({ secret }).get('secret') ?? '');
  }
  const isLogin = isLoginPath(url.pathname);
  for (const [name, value] of url.searchParams)
    if (isSecretIn(name, isLogin, secrets)) secrets.add(value);
    else addTextSecrets(value, secrets, false);
  addBodySecrets(bytes, secrets, isLogin);
}

/** Returns a request without its secrets: those that are known, and those with the name of a secret. */
export function redactRequest(
  { method, url, headers, bytes }: PlainRequest,
  secrets: Secrets,
): RequestRecord {
  const redactText = (text: string) => unifyPlaceholders(secrets.redactText(text));
  const isLogin = isLoginPath(url.pathname);
  const query = new URLSearchParams(
    [...url.searchParams]
      .map(([name, value]) => [
        redactText(name),
        isSecretIn(name, isLogin, secrets) ? REDACTED : redactText(value),
      ])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0)),
  ).toString();
  const conditions = CONDITIONAL_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, redactText(value)] as const];
  });
  return {
    method: redactText(method),
    path: redactText(url.pathname) + (query && `?${query}`),
    ...(conditions.length > 0 && { headers: Object.fromEntries(conditions) }),
    ...redactBody(bytes, { secrets, isLogin, redactText }),
  };
}
