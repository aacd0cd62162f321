import { PersonaAuthenticationError } from '../errors.js';
import { abortable } from './abort.js';
import { isTokenRefused } from './answer.js';
import { about, aftermath, named } from './call.js';
import { retold } from './failure.js';
import type { Bearer, Call, Layer } from './types.js';

/** Attach the bearer token. When it is refused, replace it and send once more: once per call, outside the retries. */
export const authorize: Layer = (next) => {
  return async (attempt) => {
    const { call } = attempt;
    const { tokens } = call;
    if (call.without.includes('authorize')) return next(attempt);
    const send = (token: string | undefined) =>
      next(
        token === undefined
          ? attempt
          : { ...attempt, headers: { ...attempt.headers, authorization: `Bearer ${token}` } },
      );

    const obtain = (work: Promise<Bearer>) =>
      abortable(work, call.signal).catch((error: unknown) => {
        throw retold(call, error);
      });
    const ours = ({ identity, token }: Bearer) => {
      if (identity !== call.identity) throw anotherIdentity(call);
      return token;
    };

    const current = tokens.current(call.signal);
    const token = ours(current instanceof Promise ? await obtain(current) : current);
    const answer = await send(token);
    if (!isTokenRefused(answer) || call.progress.replayed) return answer;
    const other = ours(await obtain(tokens.replace(token, call.signal)));
    if (other === undefined || other === token) return answer;
    call.progress.replayed = true;
    return send(other);
  };
};

/** A call is made as whoever it was begun by, or not at all. */
const anotherIdentity = (call: Call) =>
  new PersonaAuthenticationError(
    `${named(call)} was not done: somebody signed in or out since it was begun. Call again as who is signed in now.${aftermath(call)}`,
    about(call),
  );
