import type { Deployment, Dialect } from '../dialect.js';
import { type PersonaIssue, PersonaValidationError } from '../errors.js';
import {
  type RequestOptions,
  type RequestSettings,
  type Resolved,
  resolveRequestOptions,
} from '../options.js';
import { check, inWords } from '../validate.js';
import type { Abortable } from './abort.js';
import { startLifetime } from './lifetime.js';
import type { AnyRoute, Call, Endpoint, Route } from './types.js';

export interface EncodeParts {
  readonly options: Resolved;
  readonly deployment: Deployment;
  /** Aborts when the client is closed. */
  readonly closing: Abortable;
}

/** A call ready to go, with what is needed to understand its answer. */
export interface Encoded<Input> {
  readonly call: Call;
  readonly input: Input;
  readonly settings: RequestSettings;
  readonly route: Route<Input>;
  /** To be called when the call is over. */
  end(): void;
}

/** Check the caller's input and fix the call: one URL, one body, one id for all its attempts. */
export async function encode<Input, Wire, Result>(
  parts: EncodeParts,
  endpoint: Endpoint<Input, Wire, Result>,
  given: Input,
  options: RequestOptions<Result>,
  askDialect: (deadlineMs: number) => Promise<Dialect>,
): Promise<Encoded<Input>> {
  const { name } = endpoint;
  const checked = check(endpoint.input, given);
  if ('issues' in checked) throw invalid(name, checked.issues.map(asGiven));
  const input = checked.value as Input;
  const settings = resolveRequestOptions(parts.options, options, name);
  const lifetime = startLifetime(name, settings.deadlineMs, {
    caller: options.signal,
    closing: parts.closing,
  });
  try {
    lifetime.signal.throwIfAborted();
    const route = isOneRoute(endpoint.route)
      ? endpoint.route
      : endpoint.route[
          await parts.deployment.resolve(() => askDialect(settings.deadlineMs), lifetime.signal)
        ];
    const refused = parts.deployment.refusals(endpoint.attributes?.(input) ?? []);
    if (refused.length > 0) throw invalid(name, refused);

    const body = route.body?.(input);
    const id = crypto.randomUUID();
    const call: Call = {
      id,
      name,
      method: route.method,
      write: route.method !== 'GET',
      url: urlOf(parts.options, route, input),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'x-request-id': id,
        ...lowerCased(settings.headers),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      personaId: endpoint.persona?.(input),
      without: endpoint.without ?? [],
      signal: lifetime.signal,
      deadline: lifetime.deadline,
      timeoutMs: settings.timeoutMs,
      retry: settings.retry,
      startedAt: performance.now(),
      progress: {
        attempts: 0,
        sent: false,
        maybeApplied: false,
        replayed: false,
        lastError: undefined,
        timeline: [],
      },
    };
    lifetime.belongsTo(call);
    return { call, input, settings, route, end: lifetime.end };
  } catch (error) {
    lifetime.end();
    throw error;
  }
}

const isOneRoute = <Input>(route: AnyRoute<Input>): route is Route<Input> => !('subresource' in route);

/** `data` is our word for the argument that the caller knows by its fields. */
const asGiven = ({ path, message }: PersonaIssue): PersonaIssue => ({
  path: path[0] === 'data' && path.length > 1 ? path.slice(1) : path,
  message,
});

const invalid = (name: string, issues: readonly PersonaIssue[]) =>
  new PersonaValidationError(`${name}: invalid input, nothing was sent: ${inWords(issues)}`, { issues });

function urlOf<Input>({ baseUrl, apiVersion }: Resolved, route: Route<Input>, input: Input): string {
  const url = new URL(`${baseUrl}${route.outside ? '' : `/api/${apiVersion}`}${route.path(input)}`);
  for (const [key, value] of Object.entries(route.query?.(input) ?? {}))
    if (value !== undefined) url.searchParams.set(key, String(value));
  return url.href;
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
