import { notCachedError } from '../cache/errors.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { raceAbort } from '../core/abort.js';
import type { Dialect } from '../core/dialect.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { loadChunk } from '../core/lazy-import.js';
import type { ServiceProfile } from '../core/service-profile.js';
import { invalidInputError } from '../core/validate.js';
import { type AttributeValues, omitNulls } from '../schemas/field-config.js';
import { adaptToDialect, dependsOnDialect, mayWriteUnsetMap } from './adapt-input.js';
import { addCondition, type ConditionalUpdateContext } from './conditional-update/index.js';
import { type Endpoint, type EndpointRoute, isSingleRoute, type Route, type Run } from './endpoint.js';
import { wrapUpstreamError } from './errors-from-status.js';
import type { PendingCall } from './start.js';
import { findUnknownFields, reportUnknownFields } from './unknown-fields.js';

export interface EncodeContext extends ConditionalUpdateContext {
  readonly options: ResolvedOptions;
  readonly profile: ServiceProfile;
  readonly events: EventEmitter;
  readonly reportedFields: Set<string>;
}

/** Requests that may have to run before a call can be encoded. */
export interface EncodeRequests {
  detectDialect(): Promise<Dialect>;
  /** Detects the dialect again, because the service may have changed. Never rejects, unless the call is aborted. */
  verifyDialect(dialect: Dialect): Promise<void>;
  /** Loads the field config into the service profile. Never rejects. */
  loadFieldConfig(): Promise<unknown>;
  readonly run: Run;
}

const MUST_DETECT_DIALECT =
  " The client must detect the dialect first, unless the option `dialect` is 'subresource' or 'attributes'.";

/**
 * Sets the URL and body of the call. All attempts share them.
 *
 * @returns the route. `undefined` if {@link encode} must run: the dialect is unknown or in doubt, attributes or maps need a
 * check, or the update has a condition.
 * @throws {PersonaValidationError} if the dialect rejects or changes a value.
 */
export function encodeSync<Input, Wire, Result>(
  context: EncodeContext,
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
): Route<Input> | undefined {
  pending.call.signal.throwIfAborted();
  const { options, profile } = context;
  if (!profile.dialect && needsDialect(context, endpoint, pending)) return undefined;
  adaptToDialect(endpoint, pending, profile.dialect);
  if (endpoint.condition?.since(pending.validatedInput) !== undefined) return undefined;
  const attributes = endpoint.attributes?.(pending.input);
  const needsCheck =
    attributes &&
    (options.attributes ||
      profile.supportsFieldConfig ||
      findRefusedFields(context, attributes).length > 0 ||
      mayWriteUnsetMap(attributes, pending));
  const route = needsCheck ? undefined : selectRoute(endpoint.route, profile.dialect);
  return route && !route.builtIn ? applyRoute(context, attributes, pending, route) : undefined;
}

/**
 * Like {@link encodeSync}, but first detects an unknown dialect, verifies a dialect that lacks the route, and checks the
 * attributes. Also adds the condition of an update.
 *
 * @throws {PersonaValidationError} if an attribute violates the `attributes` option or the field config, or if the dialect
 * rejects or changes a value.
 */
export async function encode<Input, Wire, Result>(
  context: EncodeContext,
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
  requests: EncodeRequests,
): Promise<Route<Input>> {
  const { options, profile } = context;
  const { call } = pending;
  const { dialect: knownDialect } = profile;
  const detectDialect = () => {
    pending.hasVerifiedDialect = true;
    return requests.detectDialect().catch((error: unknown) => {
      throw wrapUpstreamError(call, error, MUST_DETECT_DIALECT);
    });
  };
  const mustDetect = !knownDialect && needsDialect(context, endpoint, pending);
  adaptToDialect(endpoint, pending, mustDetect ? await detectDialect() : knownDialect);
  const attributes = endpoint.attributes?.(pending.input) ?? [];
  if (attributes.length > 0 && options.attributes) {
    const isComplete = call.method === 'POST'; // a create must contain all required fields
    const validation = attributes.map((values) => options.attributes?.findIssues(values, isComplete) ?? []);
    const issues = await raceAbort(Promise.all(validation), call.signal);
    if (issues.flat().length > 0) throw invalidInputError(endpoint.name, issues.flat());
  }
  let route = selectRoute(endpoint.route, profile.dialect);
  if (!route) {
    if (!call.isWrite && pending.options.cache.mode === 'only-if-cached') throw notCachedError(call);
    pending.dialect = await detectDialect();
    route = (endpoint.route as Readonly<Record<Dialect, Route<Input>>>)[pending.dialect];
  } else if (route.builtIn && knownDialect && !pending.hasVerifiedDialect) {
    await requests.verifyDialect(knownDialect);
    pending.dialect = profile.dialect;
    route = selectRoute(endpoint.route, profile.dialect) ?? route;
  }
  if (attributes.length > 0) {
    const findRefused = () => findRefusedFields(context, attributes);
    const findInvalid = async () => [...(await profile.findInvalidFields(attributes)), ...findRefused()];
    // The known field config may be outdated, so reload it before rejecting anything. Without one, the service checks values.
    if (profile.supportsFieldConfig && (await findInvalid()).length > 0) await requests.loadFieldConfig();
    const issues = profile.fieldConfig ? await findInvalid() : findRefused();
    if (issues.length > 0) throw invalidInputError(endpoint.name, issues);
  }
  if (mayWriteUnsetMap(attributes, pending)) {
    const { omitUnsetMaps } = await loadChunk(call.name, import('./unset-maps.js'), call);
    const stored = await omitUnsetMaps(endpoint, pending, requests.run, wrapUpstreamError);
    if (stored) route = { ...route, builtIn: async () => stored };
  }
  applyRoute(context, endpoint.attributes?.(pending.input), pending, route); // the condition reads the path of the call
  call.guardAttempt = await addCondition(context, endpoint, pending, route.unwrapKey, requests.run);
  if (route.builtIn) await call.guardAttempt?.(async () => undefined as never); // sends no update, but checks the condition
  return route;
}

/** Whether the dialect decides how the client encodes the input, or whether it rejects the input. */
const needsDialect = <Input, Wire, Result>(
  context: EncodeContext,
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
): boolean =>
  dependsOnDialect(endpoint, pending.validatedInput) ||
  findRefusedFields(context, endpoint.attributes?.(pending.validatedInput)).length > 0;

/** Finds the fields that `unknownFields: 'refuse'` rejects. Ignores `null`, because a `null` removes a stored field. */
const findRefusedFields = (context: EncodeContext, attributes: readonly AttributeValues[] = []) =>
  context.options.unknownFields === 'refuse'
    ? findUnknownFields(
        context,
        attributes.map((category) => ({ ...category, values: omitNulls(category.values) })),
      )
    : [];

/** Returns the path and query of a read, or `undefined` if its route depends on an unknown dialect. */
export function resolvePath<Input, Wire, Result>(
  { profile }: EncodeContext,
  endpoint: Endpoint<Input, Wire, Result>,
  input: Input,
): string | undefined {
  const route = selectRoute(endpoint.route, profile.dialect);
  return route && buildPath(route, input);
}

function applyRoute<Input>(
  context: EncodeContext,
  attributes: readonly AttributeValues[] | undefined,
  { call, input }: PendingCall<Input>,
  route: Route<Input>,
): Route<Input> {
  if (route.unversioned) call.base = context.options.baseUrl;
  call.path = buildPath(route, input);
  const body = route.body?.(input);
  if (body !== undefined) call.body = JSON.stringify(body);
  if (attributes) reportUnknownFields(context, call, attributes);
  return route;
}

function selectRoute<Input>(
  route: EndpointRoute<Input>,
  dialect: Dialect | undefined,
): Route<Input> | undefined {
  if (isSingleRoute(route)) return route;
  return dialect && route[dialect];
}

/** Builds the path with its query. The route has already escaped path segments. */
function buildPath<Input>(route: Route<Input>, input: Input): string {
  const path = route.path(input);
  const query = route.query?.(input);
  if (!query) return path;
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return `${path}?${search}`.replace(/\?$/, '');
}
