/** JSON Web Tokens, signed with HMAC and SHA-256: `HS256`. */

/** Claims that every token has. */
export interface TokenClaims {
  readonly type: 'access' | 'refresh';
  readonly sub: string;
  readonly jti: string;
  /** Time of issue, in seconds since 1970. */
  readonly iat: number;
  /** The token is invalid from this time on. */
  readonly exp: number;
}

/** Why a token is invalid. */
export type TokenProblem = 'malformed' | 'algorithm' | 'signature' | 'expired';

/** Result of {@link verifyToken}. The claims come from the signer, so each of them may be missing. */
export type VerifiedToken =
  | { readonly claims: Readonly<Record<string, unknown>> }
  | { readonly problem: TokenProblem };

/** `{"alg":"HS256","typ":"JWT"}` */
const HEADER = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9';

/** Creates the key of a secret. */
export function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, [
    'sign',
    'verify',
  ]);
}

/** Signs a token. */
export async function signToken(claims: TokenClaims, key: CryptoKey): Promise<string> {
  const content = `${HEADER}.${encodeBytes(new TextEncoder().encode(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(content));
  return `${content}.${encodeBytes(new Uint8Array(signature))}`;
}

/** Verifies the algorithm, the signature and the times of a token. */
export async function verifyToken(token: string, key: CryptoKey, nowMs: number): Promise<VerifiedToken> {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  const { alg, crit } = decodeObject(header) ?? {};
  if (typeof alg !== 'string' || crit !== undefined || rest.length > 0) return { problem: 'malformed' };
  if (alg !== 'HS256') return { problem: 'algorithm' };
  const signatureBytes = decodeBytes(signature);
  if (signatureBytes === undefined) return { problem: 'malformed' };
  const content = new TextEncoder().encode(`${header}.${payload}`);
  if (!(await crypto.subtle.verify('HMAC', key, signatureBytes, content))) return { problem: 'signature' };
  const claims = decodeObject(payload);
  if (claims === undefined) return { problem: 'malformed' };
  const { iat = 0, nbf = 0, exp = Number.POSITIVE_INFINITY } = claims;
  if (typeof iat !== 'number' || typeof nbf !== 'number' || typeof exp !== 'number' || nbf > nowMs / 1000)
    return { problem: 'malformed' };
  return exp <= Math.floor(nowMs / 1000) ? { problem: 'expired' } : { claims };
}

function encodeBytes(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Returns `undefined` if the text is not base64url. */
function decodeBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Returns `undefined` if the text is not an object as JSON in base64url. */
function decodeObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(decodeBytes(text)));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
