import * as z from 'zod/mini';
import { DIALECTS } from '../core/dialect.js';
import { ignoreErrors } from '../core/ignore-errors.js';
import { MAX_TIMER_MS } from '../core/timers.js';
import { partialObject } from '../schemas/objects.js';
import { once } from '../schemas/once.js';
import { isPlainObject } from '../schemas/plain-data.js';
import {
  addIssue,
  boolean,
  customSchema,
  integer,
  nonEmpty,
  numberWhere,
  objectOr,
  stringMatching,
  stringSchema,
  withIssues,
} from '../schemas/validators.js';
import { accessSchema, redactSchema } from './access-schema.js';
import { authSchema } from './auth-schema.js';
import { findBaseUrlProblem } from './base-url.js';

const milliseconds = (min: number) => integer(min, MAX_TIMER_MS, ' of milliseconds');
const duration = () => milliseconds(0);
const timeout = () => milliseconds(1);
const count = () => integer(1, 1_000_000);
const bytes = () => integer(1, undefined, ' of bytes');
const callable = () => z.custom<never>((value) => typeof value === 'function', 'must be a function');
const hasMethods = (value: unknown, methods: readonly string[]): boolean =>
  methods.every((name) => typeof Object(value)[name] === 'function');
const wholeNumberOr = (other: unknown, min: number, unit = '') =>
  z.custom<unknown>(
    (value) => value === other || (Number.isSafeInteger(value) && Number(value) >= min),
    `must be a whole number${unit} from ${min}, or ${other}`,
  );
const objectWithMethods = (
  methods: readonly string[],
  message = `must have the methods ${methods.join(', ')}`,
) => z.custom<object>((value) => hasMethods(value, methods), message);

const store = () => objectWithMethods(['get', 'set', 'delete']);

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers about the connection and the length of the body. The platform sets them, and rejects a request that contains one. */
const CONNECTION_HEADER =
  /^(?:connection|content-length|expect|host|http2-settings|keep-alive|proxy-(?:authenticate|connection)|te|trailer|transfer-encoding|upgrade)$/i;
/** Headers without which the service rejects the request. */
const REQUIRED_HEADER = /^(?:authorization|content-type)$/i;
const KEY_SECRET_MESSAGE =
  'must be a string of at least 16 characters, the same in all processes that share the store';
const SIGNAL_METHODS = ['addEventListener', 'removeEventListener'];
const LOG_METHODS = ['debug', 'info', 'warn', 'error'];
const PERCENTAGE_MESSAGE = 'must be a percentage above 0 and up to 100';

/** Returns whether the platform omits a header without an error. Browsers omit `cookie`, for example. jsdom has no Request. */
const isDropped = (name: string, value: string) =>
  ignoreErrors(() => new Request('http://localhost', { headers: { [name]: value } }).headers.has(name)) ===
  false;

/** The endpoint names that options can contain. */
interface EndpointNames {
  readonly operations: readonly string[];
  readonly cachedReads: readonly string[];
}

const headersSchema = () =>
  customSchema<object>((payload) => {
    const { value } = payload;
    if (!isPlainObject(value)) return addIssue(payload, [], 'must be an object of strings and null');
    const headers = { ...value }; // a getter could return another value later
    for (const [name, text] of Object.entries(headers)) {
      const problem = findHeaderProblem(name, text);
      if (problem) addIssue(payload, [name], problem);
    }
    payload.value = headers;
  });

function findHeaderProblem(name: string, text: unknown): string | false {
  if (!HEADER_NAME.test(name)) return 'is not a valid header name';
  const isOfConnection = CONNECTION_HEADER.test(name);
  if (text === null) return (isOfConnection || REQUIRED_HEADER.test(name)) && 'cannot be omitted';
  if (typeof text !== 'string' || !HEADER_VALUE.test(text))
    return 'must be a single line of Latin-1 characters';
  if (isOfConnection) return 'is set by the platform';
  return isDropped(name, text) && 'is a header that browsers do not send';
}

const RETRY_FIELDS = { limit: () => integer(0, 100), backoffMs: duration, maxBackoffMs: duration };
/** Options that clients and calls have in common. */
const COMMON_FIELDS = {
  timeoutMs: timeout,
  deadlineMs: timeout,
  onUnknownOutcome: () => z.literal(['throw', 'reconcile']),
  reads: () => z.literal(['lenient', 'strict']),
  headers: headersSchema,
};

/** Validates `RequestOptions`. */
export const requestOptionsSchema = once(() =>
  partialObject({
    ...COMMON_FIELDS,
    signal: () =>
      z.custom<AbortSignal>(
        (value) => typeof Object(value).aborted === 'boolean' && hasMethods(value, SIGNAL_METHODS),
        'must be an AbortSignal',
      ),
    retry: () => objectOr([false], partialObject(RETRY_FIELDS)),
    cache: () =>
      objectOr([false, 'no-store', 'reload', 'only-if-cached'], partialObject({ ttlMs: duration })),
    priority: () => z.literal(['interactive', 'background']),
    fallback: callable,
    onInvalidFields: callable,
  }),
);

/** Creates the schemas of `ClientOptions`, and of `ViewOptions` together with `auth`. */
export function createOptionsSchema({ operations, cachedReads }: EndpointNames) {
  const policyFields = {
    auth: authSchema,
    principal: nonEmpty,
    access: () => accessSchema(operations),
    redact: redactSchema,
  };
  const client = partialObject({
    ...COMMON_FIELDS,
    ...policyFields,
    baseUrl: () => stringSchema(findBaseUrlProblem),
    apiVersion: () => stringMatching(/^[\w-][\w.-]*$/, 'must be one path segment such as v1'),
    tokenStore: store,
    allowInsecureAuth: boolean,
    retry: () => objectOr([false], partialObject({ ...RETRY_FIELDS, budget: () => wholeNumberOr(false, 0) })),
    lateWriteWindowMs: duration,
    breaker: () => objectOr([false], breakerSchema()),
    cache: () => objectOr([false], cacheSchema(cachedReads)),
    concurrency: () => integer(1, 100_000),
    dialect: () => z.literal(['auto', ...DIALECTS]),
    attributes: () => objectWithMethods(['findIssues'], 'must come from defineAttributes'),
    unknownFields: () => z.literal(['allow', 'refuse']),
    maxResponseBytes: bytes,
    logger: () => objectWithMethods(LOG_METHODS),
    logLevel: () => z.literal([...LOG_METHODS, 'silent']),
    fetch: callable,
  });
  return { client, view: partialObject(policyFields, ['auth']) };
}

const breakerSchema = () =>
  partialObject({
    failMax: count,
    resetTimeoutMs: () => wholeNumberOr(Number.POSITIVE_INFINITY, 1, ' of milliseconds'),
    errorThresholdPercentage: () => numberWhere((value) => value > 0 && value <= 100, PERCENTAGE_MESSAGE),
    volumeThreshold: count,
    windowMs: () => milliseconds(10),
    isFailure: callable,
  });

const cacheSchema = (cachedReads: readonly string[]) =>
  withIssues(
    partialObject({
      ttlMs: duration,
      ttlMsFor: () => partialObject(Object.fromEntries(cachedReads.map((read) => [read, duration]))),
      maxEntries: () => integer(1, 10_000_000),
      maxBytes: bytes,
      staleIfErrorMs: duration,
      staleWhileRevalidateMs: duration,
      store,
      keySecret: () =>
        z.custom<string>((value) => typeof value === 'string' && [...value].length >= 16, KEY_SECRET_MESSAGE),
      namespace: () => stringMatching(/^[\w.:-]+$/, 'must consist of letters, digits and _ . : -'),
      storeTimeoutMs: timeout,
    }),
    function* (value) {
      if (value.store === undefined) {
        for (const option of ['keySecret', 'namespace', 'storeTimeoutMs'])
          if (value[option] !== undefined) yield [[option], 'requires store'];
        return;
      }
      if (value.keySecret === undefined) yield [['keySecret'], KEY_SECRET_MESSAGE];
      if (globalThis.crypto?.subtle === undefined)
        yield [['store'], 'requires crypto.subtle, which browsers provide only on https: and localhost'];
    },
  );

export type OptionsSchema = ReturnType<typeof createOptionsSchema>;
