import { deferred } from './pipeline.js';

/** The kinds of access tokens that {@link createUserService} issues. */
export const TOKEN_KINDS = {
  opaque: (user: string, serial: number) => `opaque-${user}-${serial}`,
  'encrypted, in five parts': (user: string, serial: number) => `eyJh.${btoa(`${user}${serial}`)}.a.b.c`,
  'a JWT without sub': (user: string, serial: number) => createJwt({ identity: user, jti: serial }),
  'a JWT with an empty sub': (_user: string, serial: number) => createJwt({ sub: '', jti: serial }),
  'a JWT whose sub is an object': (_user: string, serial: number) => createJwt({ sub: {}, jti: serial }),
  'a JWT whose sub is null': (_user: string, serial: number) => createJwt({ sub: null, jti: serial }),
  'a JWT whose sub is a large number': (user: string, serial: number) =>
    createJwtFromText(`{"sub":123456789012345678${user === 'alice' ? 1 : 2},"jti":${serial}}`),
  'a JWT whose sub is a boolean': (_user: string, serial: number) => createJwt({ sub: true, jti: serial }),
  'a JWT whose issuer is a large number': (user: string, serial: number) =>
    createJwtFromText(`{"iss":123456789012345678${user === 'alice' ? 1 : 2},"sub":1,"jti":${serial}}`),
  'a JWT with the sub of another issuer': (user: string, serial: number) =>
    createJwt({ iss: user, sub: '1', jti: serial }),
  'a JWT, then an opaque token': (user: string, serial: number) =>
    serial === 1 ? createJwt({ sub: user, jti: serial }) : `opaque-${user}-${serial}`,
  'an opaque token, then a JWT': (user: string, serial: number) =>
    serial === 1 ? `opaque-${user}-${serial}` : createJwt({ sub: user, jti: serial }),
  'a JWT with another sub': (user: string, serial: number) => createJwt({ sub: user, jti: serial }),
} as const satisfies Record<string, (user: string, serial: number) => string>;

export type TokenKind = keyof typeof TOKEN_KINDS;

export const createJwt = (claims: object) => createJwtFromText(JSON.stringify(claims));
export const createJwtFromText = (claims: string) => `x.${btoa(claims)}.y`;

const TIME = '2026-01-01T00:00:00';
const toPersona = (id: number, user: string) => ({
  id,
  name: `seen by ${user}`,
  created_at: TIME,
  updated_at: TIME,
});

/**
 * Creates a service, as a `fetch`, that shows each user another version of every persona. All versions have the same ETag, as
 * if it came from a clock.
 */
export function createUserService(kind: TokenKind) {
  const owners = new Map<string, string>();
  const validTokens = new Set<string>();
  const refreshOwners = new Map<string, string>();
  const sent: string[] = [];
  let serial = 0;

  const issue = (user: string) => {
    const accessToken = TOKEN_KINDS[kind](user, ++serial);
    owners.set(accessToken, user);
    validTokens.add(accessToken);
    return accessToken;
  };
  const issuePair = (user: string) => {
    const refreshToken = `refresh-${++refreshSerial}`;
    refreshOwners.set(refreshToken, user);
    return { accessToken: issue(user), refreshToken };
  };
  let refreshSerial = 0;
  const respondWithTokens = (user: string) => {
    const { accessToken, refreshToken } = issuePair(user);
    return Response.json({ access_token: accessToken, refresh_token: refreshToken });
  };

  let held:
    | {
        readonly request: RegExp;
        readonly onReached: () => void;
        readonly released: Promise<Response | undefined>;
      }
    | undefined;

  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const line = `${init.method ?? 'GET'} ${new URL(String(input)).pathname}`;
    const isHeld = held?.request.test(line);
    const response = await respond(input, init);
    if (!isHeld || !held) return response;
    const { onReached, released } = held;
    held = undefined;
    onReached();
    return (await released) ?? response;
  };

  const respond: typeof globalThis.fetch = async (input, init = {}) => {
    const { pathname, search } = new URL(String(input));
    const headers = new Headers(init.headers);
    const token = headers.get('authorization')?.replace('Bearer ', '') ?? '';
    if (pathname.endsWith('/auth/login')) return respondWithTokens(JSON.parse(String(init.body)).username);
    if (pathname.endsWith('/auth/refresh')) {
      const user = refreshOwners.get(token);
      refreshOwners.delete(token);
      return user === undefined
        ? Response.json({ msg: 'Token has been revoked' }, { status: 401 })
        : respondWithTokens(user);
    }
    const user = owners.get(token) ?? 'nobody';
    sent.push(`${user}: ${init.method ?? 'GET'} ${pathname.replace('/api/v1', '')}`);
    if (!validTokens.has(token)) return Response.json({ msg: 'Token has expired' }, { status: 401 });
    if (pathname.endsWith('/auth/logout')) return Response.json({});
    if (headers.get('if-none-match') === '"1"')
      return new Response(null, { status: 304, headers: { etag: '"1"' } });
    const id = Number(/personas\/(\d+)/.exec(pathname)?.[1]);
    if (pathname.endsWith('/psychographic')) return Response.json({ lifestyle: `seen by ${user}` });
    if (id) return Response.json(toPersona(id, user), { headers: { etag: '"1"' } });
    const perPage = Number(new URLSearchParams(search).get('per_page') ?? 20);
    const personas = [1, 2, 3].map((personaId) => toPersona(personaId, user));
    return Response.json({ personas, total: 3, page: 1, per_page: perPage });
  };

  return {
    fetch,
    issue,
    issuePair,
    /** Holds back the response to the next request that matches, such as `GET /api/v1/personas/1`. */
    hold: (request: RegExp) => {
      const { promise: reached, resolve: onReached } = deferred<void>();
      const { promise: released, resolve: release } = deferred<Response | undefined>();
      held = { request, onReached, released };
      return {
        reached,
        /** Sends the response, or another one instead. */
        release,
      };
    },
    /** Makes the service reject all access tokens so far. */
    expireTokens: () => validTokens.clear(),
    /** Makes the service reject all refresh tokens so far. */
    revokeRefreshTokens: () => refreshOwners.clear(),
    /** The requests with tokens so far, such as `alice: GET /personas/1`. */
    sent,
  };
}
