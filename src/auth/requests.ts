import * as z from 'zod/mini';
import type { Credentials, TokenPair } from '../config/auth-options.js';
import { refuseInTheClear } from '../config/base-url.js';
import type { Settings } from '../config/resolve-options.js';
import type { Abortable } from '../core/abort.js';
import type { Bearer, Call, Tokens } from '../core/call.js';
import { about, headersOf, named, newProgress } from '../core/call.js';
import { announce, end } from '../core/call-log.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { RequestId } from '../core/request-id.js';
import type { Answer } from '../core/response.js';
import { Lifetime } from '../pipeline/call-signal.js';
import { decode } from '../pipeline/decode.js';
import { failureOf } from '../pipeline/errors-from-status.js';
import type { Send } from '../pipeline/layer.js';
import { quoting } from '../pipeline/sanitize-message.js';
import { once } from '../schemas/rules.js';
import { isToken } from '../schemas/token.js';
import { lifetimeOf } from './jwt.js';

/** Login, refresh and logout on the wire. They go through `observe -> exchange` only, never through the pipeline that waits for them. */
export interface AuthRequests {
  login(credentials: Credentials): Promise<TokenPair>;
  refresh(tokens: TokenPair): Promise<TokenPair>;
  logout(accessToken: string): Promise<void>;
}

/** These requests bring their own bearer. */
const NO_TOKEN: Bearer = { identity: '', token: undefined };
const nobody: Tokens = {
  identity: NO_TOKEN.identity,
  current: () => NO_TOKEN,
  replace: async () => NO_TOKEN,
};

const granted = once(() =>
  z.looseObject({
    access_token: z.string(),
    refresh_token: z.nullish(z.string()),
  }),
);

export function authRequests(
  options: Settings,
  wire: Send,
  events: Events,
  closing: Abortable,
): AuthRequests {
  /** Such as the key of a gateway. */
  const configured = () => {
    const { 'content-type': _, ...others } = Object.fromEntries(new Headers(options.headers));
    return others;
  };

  async function post<T>(
    action: 'login' | 'refresh' | 'logout',
    { bearer, body }: { bearer?: string; body?: unknown },
    understand: (call: Call, answer: Answer) => T,
  ): Promise<T> {
    const name = `auth.${action}`;
    refuseInTheClear(options, name, [[action === 'login' ? 'password' : 'token']]);
    const startedAt = performance.now();
    const { deadlineMs } = options;
    const lifetime = new Lifetime(name, startedAt, { deadlineMs, caller: undefined, closing });
    const headers = configured();
    const call: Call = {
      callId: events.newCallId(),
      requestId: new RequestId(headers['x-request-id']),
      identity: nobody.identity,
      tokens: nobody,
      name,
      method: 'POST',
      write: false, // what was tried meanwhile is not affected by it
      base: options.apiUrl,
      path: `/auth/${action}`,
      headers: {
        ...headers,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      personaId: undefined,
      without: [],
      signal: lifetime,
      deadline: lifetime,
      timeoutMs: options.timeoutMs,
      retry: options.retry,
      startedAt,
      progress: newProgress(),
    };
    lifetime.belongsTo(call);
    announce(events, call);
    try {
      const answer = await wire({ call, number: 1, headers: headersOf(call) });
      if (answer.status < 200 || answer.status >= 300) throw refusalOf(call, answer);
      const understood = understand(call, answer);
      end(events, call, { source: 'network' });
      return understood;
    } catch (error) {
      end(events, call, { thrown: error });
      throw error;
    } finally {
      lifetime.end();
    }
  }

  return {
    login: (credentials) => post('login', { body: credentials }, tokensIn),
    refresh: ({ refreshToken }) =>
      post('refresh', refreshToken === undefined ? {} : { bearer: refreshToken }, (call, answer) => ({
        refreshToken, // a service without rotation leaves it out: the old one stays good
        ...tokensIn(call, answer),
      })),
    logout: (accessToken) => post('logout', { bearer: accessToken }, () => {}),
  };
}

function tokensIn(call: Call, answer: Answer): TokenPair {
  const { access_token, refresh_token } = decode(call, answer, granted());
  if (!isToken(access_token) || (refresh_token && !isToken(refresh_token)))
    throw new PersonaAuthenticationError(
      `${named(call)} was answered ${answer.status} with something that cannot be a token.`,
      { ...about(call), status: answer.status },
    );
  const lifetimeMs = lifetimeOf(access_token);
  return {
    accessToken: access_token,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(lifetimeMs === undefined ? {} : { expiresAt: Date.now() + lifetimeMs }),
  };
}

function refusalOf(call: Call, answer: Answer): Error {
  const { status } = answer;
  const details = { ...about(call), status };
  if (status === 404 || status === 405)
    return new PersonaAuthenticationError(
      `${named(call)}: the service does not offer authentication (${status}). Many run without it: leave out \`auth\`; or check baseUrl.`,
      { ...details, code: 'auth_not_offered' },
    );
  const reason = reasonIn(answer);
  if (status !== 401 && !(REFUSED.has(status) && reason !== undefined)) return failureOf(call, answer);
  const what = call.name === 'auth.refresh' ? ': the refresh was refused' : ' was refused';
  const said = reason && quoting(call.body).sentence(reason);
  const why = said ? ` (${said})` : '';
  return new PersonaAuthenticationError(`${named(call)}${what} with ${status}${why}.`, {
    ...details,
    code: 'login_refused',
  });
}

/** Beside 401: anything in front of the service answers these too, but not in the service's words. */
const REFUSED = new Set([400, 403, 422]);

/** What the service says against it, in its own JSON shape. */
function reasonIn(answer: Answer): string | undefined {
  const { message, error, msg } = Object(answer.body);
  return [message, error, msg].find((one) => typeof one === 'string');
}
