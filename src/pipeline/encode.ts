import { notCached } from '../cache/not-cached.js';
import { assertAllowed } from '../config/access-policy.js';
import type { CallOptions } from '../config/resolve-options.js';
import {
  type ResolvedOptions,
  type ResolvedRequestOptions,
  resolveRequestOptions,
} from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import { newProgress } from '../core/call.js';
import { emitCallStart } from '../core/call-log.js';
import type { PersonaIssue } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { RequestId } from '../core/request-id.js';
import type { Dialect, ServiceProfile } from '../core/service-profile.js';
import { check, invalidInput } from '../core/validate.js';
import { CallSignal } from './call-signal.js';
import type { AnyRoute, Caller, Endpoint, Route } from './endpoint.js';
import { wrapUpstreamError } from './errors-from-status.js';

interface BeginParts {
  readonly events: Events;
  readonly options: ResolvedOptions;
  /** Those of a call that is told nothing else. */
  readonly standard: ResolvedRequestOptions;
}

export interface EncodeParts {
  readonly options: ResolvedOptions;
  readonly deployment: ServiceProfile;
}

/** A call that may begin: its input and options are in order, its time is running, its URL not yet known. */
export interface PendingCall<Input> {
  readonly call: Call;
  readonly input: Input;
  readonly settings: ResolvedRequestOptions;
  readonly lifetime: CallSignal;
}

/** What may have to be asked of the service before a call can be fixed. */
export interface Preflight {
  dialect(): Promise<Dialect>;
  /** Teaches the deployment its fields, if that can be had. */
  fieldConfig(): Promise<unknown>;
}

/** Check what the caller gave: nothing has happened if this throws. */
export function startCall<Input, Wire, Result>(
  { options, events, standard }: BeginParts,
  { tokens, closing, policy }: Caller,
  endpoint: Endpoint<Input, Wire, Result>,
  given: Input,
  requestOptions: CallOptions<Result> | undefined,
): PendingCall<Input> {
  const { name } = endpoint;
  const checked = check(endpoint.input, given);
  if ('issues' in checked) throw invalidInput(name, checked.issues.map(asGiven));
  const input = checked.value as Input;
  const settings = requestOptions ? resolveRequestOptions(options, standard, requestOptions, name) : standard;
  const { method } = isOneRoute(endpoint.route) ? endpoint.route : endpoint.route.subresource;
  const write = method !== 'GET';
  if (policy.access.length > 0 && !endpoint.internal)
    assertAllowed(policy, { name, write, parts: endpoint.touchedFields?.(input) ?? [] });
  const { headers, deadlineMs } = settings;
  const startedAt = performance.now();
  const lifetime = new CallSignal(name, startedAt, { deadlineMs, caller: requestOptions?.signal, closing });
  const call: Call = {
    callId: events.newCallId(),
    requestId: new RequestId(headers['x-request-id']),
    identity: tokens.identity,
    tokens,
    name,
    method,
    isWrite: write,
    base: options.apiUrl,
    path: '',
    headers,
    personaId: endpoint.persona?.(input),
    skipLayers: endpoint.skipLayers ?? [],
    signal: lifetime,
    deadline: lifetime,
    timeoutMs: settings.timeoutMs,
    retry: settings.retry,
    startedAt,
    progress: newProgress(),
  };
  lifetime.attach(call);
  emitCallStart(events, call);
  return { call, input, settings, lifetime };
}

/**
 * Fix the call: one URL, one body, one id for all its attempts.
 *
 * @returns the route that it takes; nothing where the service has to be asked something before.
 */
export function encodeSync<Input, Wire, Result>(
  parts: EncodeParts,
  endpoint: Endpoint<Input, Wire, Result>,
  begun: PendingCall<Input>,
): Route<Input> | undefined {
  begun.call.signal.throwIfAborted();
  const { options, deployment } = parts;
  const mayBeUnfit = endpoint.attributes && (options.attributes || deployment.checksFields);
  const route = mayBeUnfit ? undefined : routeIn(endpoint.route, deployment.dialect);
  return route && applyRoute(parts, begun, route);
}

/** As {@link encodeSync}, after asking the service for its dialect and its fields, as far as they have to be known. */
export async function encode<Input, Wire, Result>(
  parts: EncodeParts,
  endpoint: Endpoint<Input, Wire, Result>,
  begun: PendingCall<Input>,
  ask: Preflight,
): Promise<Route<Input>> {
  const { options, deployment } = parts;
  const { call, input, settings } = begun;
  const attributes = endpoint.attributes?.(input) ?? [];
  if (attributes.length > 0 && options.attributes) {
    const whole = call.method === 'POST';
    const unfit = await Promise.all(
      attributes.map((values) => options.attributes?.issues(values, whole) ?? []),
    );
    if (unfit.flat().length > 0) throw invalidInput(endpoint.name, unfit.flat());
  }
  const dialect = () => deployment.resolve(() => ask.dialect(), call.signal);
  let route = routeIn(endpoint.route, deployment.dialect);
  if (!route && !call.isWrite && settings.cache.mode === 'only-if-cached') throw notCached(call);
  route ??= (endpoint.route as Readonly<Record<Dialect, Route<Input>>>)[
    await dialect().catch((error: unknown) => {
      throw wrapUpstreamError(call, error);
    })
  ];
  if (attributes.length > 0) {
    if ((await deployment.findInvalidFields(attributes)).length > 0) await ask.fieldConfig(); // they may have changed
    const refused = deployment.hasFieldConfig ? await deployment.findInvalidFields(attributes) : [];
    if (refused.length > 0) throw invalidInput(endpoint.name, refused);
  }
  return applyRoute(parts, begun, route);
}

function applyRoute<Input>(
  { options }: EncodeParts,
  { call, input }: PendingCall<Input>,
  route: Route<Input>,
): Route<Input> {
  if (route.unversioned) call.base = options.baseUrl;
  call.path = pathIn(route, input);
  const body = route.body?.(input);
  if (body !== undefined) call.body = JSON.stringify(body);
  return route;
}

/** The route, where it can be known. */
function routeIn<Input>(route: AnyRoute<Input>, dialect: Dialect | undefined): Route<Input> | undefined {
  if (isOneRoute(route)) return route;
  return dialect && route[dialect];
}

/** What another read would ask for; nothing while that cannot be known. */
export function pathOf<Input, Wire, Result>(
  { deployment }: EncodeParts,
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
): string | undefined {
  const route = routeIn(endpoint.route, deployment.dialect);
  return route && pathIn(route, input);
}

const isOneRoute = <Input>(route: AnyRoute<Input>): route is Route<Input> => !('subresource' in route);

/** `data` is our word for the argument that the caller knows by its fields. */
const asGiven = ({ path, message }: PersonaIssue): PersonaIssue => ({
  path: path[0] === 'data' && path.length > 1 ? path.slice(1) : path,
  message,
});

/** With its query; `path` has encoded what it must. */
function pathIn<Input>(route: Route<Input>, input: Input): string {
  const path = route.path(input);
  const query = route.query?.(input);
  if (!query) return path;
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return `${path}?${search}`.replace(/\?$/, '');
}
