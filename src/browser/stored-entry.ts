import type { TokenPair } from '../index.js';

/** The stored value of a key. A deletion removes `tokens` and increments the generation. */
export interface Entry {
  /** Number of changes of this key, including deletions. */
  readonly generation: number;
  readonly tokens?: TokenPair | undefined;
}

/** Parses a stored entry. Returns an entry without tokens for any other text, such as a value of another program. */
export function parseEntry(text: string | null): Entry {
  try {
    const { generation, tokens } = JSON.parse(text ?? '');
    if (Number.isSafeInteger(generation))
      return { generation, tokens: isTokenPair(tokens) ? tokens : undefined };
  } catch {} // the error message would quote the tokens
  return { generation: 0 };
}

/** Whether the value has the form that the client accepts from a token store. */
function isTokenPair(value: unknown): value is TokenPair {
  const { accessToken, refreshToken = accessToken, expiresAt = 0, sessionId = '' } = Object(value);
  const areTokens = [accessToken, refreshToken].every(
    (token) => typeof token === 'string' && /^[\x21-\x7e]+$/.test(token),
  );
  const isTime = typeof expiresAt === 'number' && expiresAt >= 0 && expiresAt <= 8.64e15;
  return areTokens && isTime && typeof sessionId === 'string';
}
