import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { HttpError } from './dialects/types.js';
import { jsonResponse } from './http.js';
import type { AuthOptions } from './options.js';

/** The body of a response to login or refresh. */
interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

type TokenType = 'access' | 'refresh';

/** Claims of a verified token. */
export interface Claims {
  readonly sub: string;
  readonly jti: string;
}

/** Issues, verifies, and revokes the tokens of a service. */
export interface TokenIssuer {
  /** Issues a token pair. Returns `undefined` if the user name or password is wrong. */
  login(username: string, password: string): Promise<TokenPair | undefined>;
  /**
   * Verifies the bearer token of an Authorization header.
   *
   * @throws {HttpError} if the token is missing, invalid, expired, or revoked.
   */
  verify(authorization: string | undefined, type: TokenType): Promise<Claims>;
  /**
   * Exchanges a refresh token for a new pair. The service never issues two different pairs for one refresh token.
   *
   * @throws {HttpError} if the token was used before and `reuseLeewaySeconds` has passed.
   */
  rotate(claims: Claims): Promise<TokenPair>;
  /** Revokes all tokens of a session: those of its login and of every refresh since. */
  revokeSession(claims: Claims): void;
  /** Expires all access tokens issued so far. `'all'` expires the refresh tokens, too. */
  expireTokens(tokens: 'access' | 'all'): void;
}

/** Creates an error of the JWT layer. Its body has the same format in both dialects. */
const createJwtError = (status: 401 | 422, msg: string): HttpError =>
  new HttpError(jsonResponse(status, { msg }));

// A token id is `session.serial.random`, so that a logout can revoke all tokens of its session.
const parseSessionId = (jti: string): string => jti.split('.', 1)[0] ?? jti;
const parseSerialNumber = (jti: string): number => Number(jti.split('.')[1]);

function parseBearerToken(authorization: string | undefined): string {
  if (!authorization?.trim()) throw createJwtError(401, 'Missing Authorization Header');
  const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
  if (scheme !== 'Bearer') {
    throw createJwtError(
      401,
      "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
    );
  }
  if (token === undefined || rest.length > 0) {
    throw createJwtError(422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'");
  }
  const [header = '', ...others] = token.split('.');
  if (others.length < 2) throw createJwtError(422, 'Not enough segments');
  if (header.length % 4 === 1) throw createJwtError(422, 'Invalid header padding'); // no base64 has this length
  return token;
}

function toJwtError(error: unknown): HttpError {
  if (error instanceof errors.JWTExpired) return createJwtError(401, 'Token has expired');
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return createJwtError(422, 'Signature verification failed');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return createJwtError(422, 'The specified alg value is not allowed');
  }
  return createJwtError(422, 'Invalid token');
}

/** Creates an issuer of HS256 tokens. The issuer stores used tokens and revoked sessions until the service ends. */
export function createTokenIssuer(options: AuthOptions, now: () => number): TokenIssuer {
  const { users, accessTtlSeconds = 3600, refreshTtlSeconds = 30 * 24 * 3600 } = options;
  const { revokeOnReuse = false, reuseLeewaySeconds = 0 } = options;
  const key = new TextEncoder().encode(options.secret ?? `${crypto.randomUUID()}${crypto.randomUUID()}`);
  const revokedSessions = new Set<string>();
  let lastSerial = 0;
  // The highest expired serial number of each token type.
  const lastExpiredSerial = { access: 0, refresh: 0 };
  // Used refresh tokens by id, with the pair that the service returned for each.
  const usedTokens = new Map<string, { readonly pair: Promise<TokenPair>; readonly usedAt: number }>();

  /**
   * Returns the pair of a used refresh token within the leeway, and `undefined` for an unused token.
   *
   * @throws {HttpError} after the leeway. `revokeOnReuse` then ends the session.
   */
  function findReusedPair(jti: string): Promise<TokenPair> | undefined {
    const { pair, usedAt } = usedTokens.get(jti) ?? {};
    if (usedAt === undefined) return undefined;
    // A clock that was set back must not extend the leeway.
    if (Math.abs(now() - usedAt) < reuseLeewaySeconds * 1000) return pair;
    if (revokeOnReuse) revokedSessions.add(parseSessionId(jti));
    throw createJwtError(401, 'Token has been revoked');
  }

  function sign(type: TokenType, sub: string, sessionId: string, ttlSeconds: number): Promise<string> {
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT({ type })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(sub)
      .setJti(`${sessionId}.${++lastSerial}.${crypto.randomUUID()}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .sign(key);
  }

  async function issue(sub: string, sessionId: string): Promise<TokenPair> {
    return {
      access_token: await sign('access', sub, sessionId, accessTtlSeconds),
      refresh_token: await sign('refresh', sub, sessionId, refreshTtlSeconds),
    };
  }

  return {
    login: async (username, password) =>
      users[username] === password ? issue(username, crypto.randomUUID()) : undefined,
    verify: async (authorization, type) => {
      let claims: JWTPayload;
      try {
        const verifyOptions = { algorithms: ['HS256'], currentDate: new Date(now()) };
        claims = (await jwtVerify(parseBearerToken(authorization), key, verifyOptions)).payload;
      } catch (error) {
        throw error instanceof HttpError ? error : toJwtError(error);
      }
      const { sub, jti } = claims;
      if (claims.type !== type) {
        throw createJwtError(
          422,
          `Only ${type === 'refresh' ? 'refresh' : 'non-refresh'} tokens are allowed`,
        );
      }
      if (typeof sub !== 'string' || typeof jti !== 'string') throw createJwtError(422, 'Missing claim');
      if (parseSerialNumber(jti) <= lastExpiredSerial[type]) throw createJwtError(401, 'Token has expired');
      if (revokedSessions.has(parseSessionId(jti))) throw createJwtError(401, 'Token has been revoked');
      return { sub, jti };
    },
    rotate: async ({ sub, jti }) => {
      const reusedPair = findReusedPair(jti);
      if (reusedPair) return reusedPair;
      const pair = issue(sub, parseSessionId(jti));
      usedTokens.set(jti, { pair, usedAt: now() });
      return pair;
    },
    revokeSession: ({ jti }) => {
      revokedSessions.add(parseSessionId(jti));
    },
    expireTokens: (tokens) => {
      lastExpiredSerial.access = lastSerial;
      if (tokens === 'all') lastExpiredSerial.refresh = lastSerial;
    },
  };
}
