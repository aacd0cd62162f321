import { abortable } from './abort.js';
import { isTokenRefused } from './answer.js';
import { retold } from './failure.js';
import type { Layer } from './types.js';

/** Where bearer tokens come from. */
export interface Tokens {
  /** The token to send, obtained first if need be; nothing for a client without credentials. */
  current(signal: AbortSignal): Promise<string | undefined>;
  /** A token to use in place of one that was refused; nothing when there is no other. */
  replace(refused: string | undefined, signal: AbortSignal): Promise<string | undefined>;
}

/** Attach the bearer token. When it is refused, replace it and send once more: once per call, outside the retries. */
export const authorize =
  (tokens: Tokens): Layer =>
  (next) =>
  async (attempt) => {
    const { call } = attempt;
    if (call.without.includes('authorize')) return next(attempt);
    const send = (token: string | undefined) =>
      next(
        token === undefined
          ? attempt
          : { ...attempt, headers: { ...attempt.headers, authorization: `Bearer ${token}` } },
      );

    const obtain = (work: Promise<string | undefined>) =>
      abortable(work, call.signal).catch((error: unknown) => {
        throw retold(call, error);
      });

    const token = await obtain(tokens.current(call.signal));
    const answer = await send(token);
    if (!isTokenRefused(answer) || call.progress.replayed) return answer;
    const other = await obtain(tokens.replace(token, call.signal));
    if (other === undefined || other === token) return answer;
    call.progress.replayed = true;
    return send(other);
  };
