import * as z from 'zod/mini';
import type { Credentials, TokenPair } from '../config/auth-options.js';
import { assertSecureOrigin } from '../config/base-url.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Bearer, Call, TokenProvider } from '../core/call.js';
import { describeCall, errorDetails, headersOf, newProgress } from '../core/call.js';
import { emitCallEnd, emitCallStart } from '../core/call-log.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { RequestId } from '../core/request-id.js';
import type { HttpResponse } from '../core/response.js';
import { CallSignal } from '../pipeline/call-signal.js';
import { decode } from '../pipeline/decode.js';
import { errorFromResponse } from '../pipeline/errors-from-status.js';
import type { Send } from '../pipeline/layer.js';
import { createSanitizer } from '../pipeline/sanitize-message.js';
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
const nobody: TokenProvider = {
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
  options: ResolvedOptions,
  wire: Send,
  events: Events,
  closing: AbortSignalLike,
): AuthRequests {
  /** Such as the key of a gateway. */
  const configured = () => {
    const { 'content-type': _, ...others } = Object.fromEntries(new Headers(options.headers));
    return others;
  };

  async function post<T>(
    action: 'login' | 'refresh' | 'logout',
    { bearer, body }: { bearer?: string; body?: unknown },
    understand: (call: Call, answer: HttpResponse) => T,
  ): Promise<T> {
    const name = `auth.${action}`;
    assertSecureOrigin(options, name, [[action === 'login' ? 'password' : 'token']]);
    const startedAt = performance.now();
    const { deadlineMs } = options;
    const lifetime = new CallSignal(name, startedAt, { deadlineMs, caller: undefined, closing });
    const headers = configured();
    const call: Call = {
      callId: events.newCallId(),
      requestId: new RequestId(headers['x-request-id']),
      identity: nobody.identity,
      tokens: nobody,
      name,
      method: 'POST',
      isWrite: false, // what was tried meanwhile is not affected by it
      base: options.apiUrl,
      path: `/auth/${action}`,
      headers: {
        ...headers,
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      personaId: undefined,
      skipLayers: [],
      signal: lifetime,
      deadline: lifetime,
      timeoutMs: options.timeoutMs,
      retry: options.retry,
      startedAt,
      progress: newProgress(),
    };
    lifetime.attach(call);
    emitCallStart(events, call);
    try {
      const answer = await wire({ call, number: 1, headers: headersOf(call) });
      if (answer.status < 200 || answer.status >= 300) throw refusalOf(call, answer);
      const understood = understand(call, answer);
      emitCallEnd(events, call, { source: 'network' });
      return understood;
    } catch (error) {
      emitCallEnd(events, call, { thrown: error });
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

function tokensIn(call: Call, answer: HttpResponse): TokenPair {
  const { access_token, refresh_token } = decode(call, answer, granted());
  if (!isToken(access_token) || (refresh_token && !isToken(refresh_token)))
    throw new PersonaAuthenticationError(
      `${describeCall(call)} was answered ${answer.status} with something that cannot be a token.`,
      { ...errorDetails(call), status: answer.status },
    );
  const lifetimeMs = lifetimeOf(access_token);
  return {
    accessToken: access_token,
    ...(refresh_token ? { refreshToken: refresh_token } : {}),
    ...(lifetimeMs === undefined ? {} : { expiresAt: Date.now() + lifetimeMs }),
  };
}

function refusalOf(call: Call, answer: HttpResponse): Error {
  const { status } = answer;
  const details = { ...errorDetails(call), status };
  if (status === 404 || status === 405)
    return new PersonaAuthenticationError(
      `${describeCall(call)}: the service does not offer authentication (${status}). Many run without it: leave out \`auth\`; or check baseUrl.`,
      { ...details, code: 'auth_unsupported' },
    );
  const reason = reasonIn(answer);
  if (status !== 401 && !(REFUSED.has(status) && reason !== undefined))
    return errorFromResponse(call, answer);
  const what = call.name === 'auth.refresh' ? ': the refresh was refused' : ' was refused';
  const said = reason && createSanitizer(call.body).sanitize(reason);
  const why = said ? ` (${said})` : '';
  return new PersonaAuthenticationError(`${describeCall(call)}${what} with ${status}${why}.`, {
    ...details,
    code: 'credentials_rejected',
  });
}

/** Beside 401: anything in front of the service answers these too, but not in the service's words. */
const REFUSED = new Set([400, 403, 422]);

/** What the service says against it, in its own JSON shape. */
function reasonIn(answer: HttpResponse): string | undefined {
  const { message, error, msg } = Object(answer.body);
  return [message, error, msg].find((one) => typeof one === 'string');
}
