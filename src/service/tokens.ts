import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { Refusal } from './dialects/types.js';
import { jsonAnswer } from './exchange.js';
import type { AuthOptions } from './options.js';

export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

type TokenType = 'access' | 'refresh';

/** What a verified token says. */
export interface Claims {
  readonly sub: string;
  readonly jti: string;
}

export interface Tokens {
  /** `undefined` when user and password do not match. */
  login(username: string, password: string): Promise<TokenPair | undefined>;
  /** The claims of the bearer token in an Authorization header; a {@link Refusal} when it is not good. */
  verify(authorization: string | undefined, type: TokenType): Promise<Claims>;
  /** Spends a refresh token: one pair is given for it, however often it comes. */
  rotate(claims: Claims): Promise<TokenPair>;
  /** Ends the session of a token: every token that came of one login. */
  revoke(claims: Claims): void;
  /** All tokens issued so far are past their time: those for access, or those for refreshing, too. */
  expire(which: 'access' | 'all'): void;
}

/** Errors of the JWT layer have a shape of their own, the same in both dialects (wire contract). */
const jwtRefusal = (status: 401 | 422, msg: string): Refusal => new Refusal(jsonAnswer(status, { msg }));

/** A token id is `session.serial.random`, so that a logout ends all tokens of its session. */
const sessionOf = (jti: string): string => jti.split('.', 1)[0] ?? jti;
const serialOf = (jti: string): number => Number(jti.split('.')[1]);

function bearerOf(authorization: string | undefined): string {
  if (authorization === undefined) throw jwtRefusal(401, 'Missing Authorization Header');
  const [scheme, token, ...rest] = authorization.trim().split(/\s+/);
  if (scheme !== 'Bearer') {
    throw jwtRefusal(
      401,
      "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
    );
  }
  if (token === undefined || rest.length > 0) {
    throw jwtRefusal(422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'");
  }
  if (token.split('.').length < 3) throw jwtRefusal(422, 'Not enough segments');
  return token;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return jwtRefusal(401, 'Token has expired');
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return jwtRefusal(422, 'Signature verification failed');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return jwtRefusal(422, 'The specified alg value is not allowed');
  }
  return jwtRefusal(422, 'Invalid token');
}

/** HS256 tokens as the service issues them. What is revoked is remembered as long as the service lives. */
export function createTokens(options: AuthOptions, now: () => number): Tokens {
  const { users, accessTtlSeconds = 3600, refreshTtlSeconds = 30 * 24 * 3600 } = options;
  const { revokeOnReuse = false, reuseLeewaySeconds = 0 } = options;
  const key = new TextEncoder().encode(options.secret ?? `${crypto.randomUUID()}${crypto.randomUUID()}`);
  const revoked = new Set<string>();
  let issued = 0;
  /** By type: tokens up to this serial are expired. */
  const expired = { access: 0, refresh: 0 };
  /** What was given for a refresh token, and when, by its id. */
  const spent = new Map<string, { readonly pair: Promise<TokenPair>; readonly at: number }>();

  /** Nothing for a refresh token that was not spent yet. */
  function givenFor(jti: string): Promise<TokenPair> | undefined {
    const { pair, at } = spent.get(jti) ?? {};
    if (at === undefined) return undefined;
    // A clock that was set back must not make a leeway where there is none.
    if (Math.abs(now() - at) < reuseLeewaySeconds * 1000) return pair;
    if (revokeOnReuse) revoked.add(sessionOf(jti));
    throw jwtRefusal(401, 'Token has been revoked');
  }

  function sign(type: TokenType, sub: string, session: string, ttlSeconds: number): Promise<string> {
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT({ type })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(sub)
      .setJti(`${session}.${++issued}.${crypto.randomUUID()}`)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .sign(key);
  }

  async function issue(sub: string, session: string): Promise<TokenPair> {
    return {
      access_token: await sign('access', sub, session, accessTtlSeconds),
      refresh_token: await sign('refresh', sub, session, refreshTtlSeconds),
    };
  }

  return {
    login: async (username, password) =>
      users[username] === password ? issue(username, crypto.randomUUID()) : undefined,
    verify: async (authorization, type) => {
      let claims: JWTPayload;
      try {
        const settings = { algorithms: ['HS256'], currentDate: new Date(now()) };
        claims = (await jwtVerify(bearerOf(authorization), key, settings)).payload;
      } catch (error) {
        throw error instanceof Refusal ? error : refusalOf(error);
      }
      const { sub, jti } = claims;
      if (claims.type !== type) {
        throw jwtRefusal(422, `Only ${type === 'refresh' ? 'refresh' : 'non-refresh'} tokens are allowed`);
      }
      if (sub === undefined || jti === undefined) throw jwtRefusal(422, 'Missing claim');
      if (serialOf(jti) <= expired[type]) throw jwtRefusal(401, 'Token has expired');
      if (revoked.has(sessionOf(jti))) throw jwtRefusal(401, 'Token has been revoked');
      return { sub, jti };
    },
    rotate: async ({ sub, jti }) => {
      const given = givenFor(jti);
      if (given) return given;
      const pair = issue(sub, sessionOf(jti));
      spent.set(jti, { pair, at: now() });
      return pair;
    },
    revoke: ({ jti }) => {
      revoked.add(sessionOf(jti));
    },
    expire: (which) => {
      expired.access = issued;
      if (which === 'all') expired.refresh = issued;
    },
  };
}
