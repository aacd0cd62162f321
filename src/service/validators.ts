import type { Answer, Received } from './exchange.js';

/** How answers to reads are named, so that a client can ask whether they have changed. */
export type Validators = 'etag' | 'last-modified';

const headersOf = async (
  kind: Validators,
  { body }: Answer,
  now: number,
): Promise<Record<string, string>> => {
  if (kind === 'etag') {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).slice(0, 16);
    return { etag: `"${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}"` };
  }
  const { updated_at: updatedAt } = JSON.parse(String(body)) as { updated_at?: string };
  if (updatedAt === undefined) return {}; // of a list no time says that a row was deleted
  return { 'last-modified': new Date(`${updatedAt}Z`).toUTCString(), date: new Date(now).toUTCString() };
};

function isUnchanged(
  { headers }: Received,
  { etag, 'last-modified': lastModified }: Record<string, string>,
): boolean {
  const known = headers['if-none-match'];
  if (known !== undefined) return known.split(',').some((one) => one.trim() === etag);
  const since = headers['if-modified-since'];
  return since !== undefined && lastModified !== undefined && Date.parse(since) >= Date.parse(lastModified);
}

/** Names each answer to a read under `/api/`, and says 304 where the client has it already (RFC 9110, 13). */
export const withValidators =
  (kind: Validators, handle: (received: Received) => Promise<Answer>, now: () => number) =>
  async (received: Received): Promise<Answer> => {
    const answer = await handle(received);
    if (answer.status !== 200 || received.method !== 'GET' || !received.path.startsWith('/api/'))
      return answer;
    const headers = await headersOf(kind, answer, now());
    if (isUnchanged(received, headers)) return { status: 304, headers, body: '' };
    return { ...answer, headers: { ...answer.headers, ...headers } };
  };
