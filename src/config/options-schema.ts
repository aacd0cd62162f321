import * as z from 'zod/mini';
import { DIALECTS } from '../core/dialect.js';
import { MAX_TIMER_MS } from '../core/timers.js';
import { once } from '../schemas/once.js';
import { isPlainObject } from '../schemas/plain-data.js';
import {
  boolean,
  exactObject,
  integer,
  nonEmpty,
  objectOr,
  partialObject,
  refine,
  stringMatching,
} from '../schemas/validators.js';
import { accessSchema, redactSchema } from './access-schema.js';
import { authSchema } from './auth-schema.js';

const milliseconds = (min: number) => integer(min, MAX_TIMER_MS, ' of milliseconds');
const hasMethods = (value: unknown, methods: readonly string[]): boolean =>
  methods.every((name) => typeof Object(value)[name] === 'function');
const wholeNumberOr = (other: unknown, min: number, message: string) =>
  z.custom<unknown>(
    (value) => value === other || (Number.isSafeInteger(value) && Number(value) >= min),
    message,
  );
const objectWithMethods = (methods: readonly string[], message: string) =>
  z.custom<object>((value) => hasMethods(value, methods), message);

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
const BUDGET_MESSAGE = 'must be a whole number from 0, or false';
const RESET_MESSAGE = 'must be a whole number of milliseconds from 1, or Infinity';
const PERCENTAGE_MESSAGE = 'must be a percentage above 0 and up to 100';

/** Returns whether the platform omits a header without an error. Browsers omit `cookie`, for example. */
function isDropped(name: string, value: string): boolean {
  try {
    return !new Request('http://localhost', { headers: { [name]: value } }).headers.has(name);
  } catch {
    return false; // without a global Request, such as in jsdom
  }
}

/** The endpoint names that options can contain. */
interface EndpointNames {
  readonly operations: readonly string[];
  readonly cachedReads: readonly string[];
}

/** Schemas that several options have in common. */
const commonSchemas = once(() => {
  const duration = milliseconds(0);
  const timeout = milliseconds(1);
  const callable = z.custom<never>((value) => typeof value === 'function', 'must be a function');
  const headers = z.custom<object>(isPlainObject, 'must be an object of strings and null').check(
    z.overwrite((value) => ({ ...value })), // a getter could return another value later
    refine(function* (value) {
      for (const [name, text] of Object.entries(value))
        if (!HEADER_NAME.test(name)) yield [[name], 'is not a valid header name'];
        else if (text === null) {
          if (REQUIRED_HEADER.test(name) || CONNECTION_HEADER.test(name)) yield [[name], 'cannot be omitted'];
        } else if (typeof text !== 'string' || !HEADER_VALUE.test(text))
          yield [[name], 'must be a single line of Latin-1 characters'];
        else if (CONNECTION_HEADER.test(name)) yield [[name], 'is set by the platform'];
        else if (isDropped(name, text)) yield [[name], 'is a header that browsers do not send'];
    }),
  );
  const retry = { limit: integer(0, 100), backoffMs: duration, maxBackoffMs: duration };
  /** Options that clients and calls have in common. */
  const commonOptions = {
    timeoutMs: timeout,
    deadlineMs: timeout,
    onUnknownOutcome: z.literal(['throw', 'reconcile']),
    reads: z.literal(['lenient', 'strict']),
    headers,
  };
  return { duration, timeout, callable, retry, commonOptions };
});

/** Validates `RequestOptions`. */
export const requestOptionsSchema = once(() => {
  const { duration, callable, retry, commonOptions } = commonSchemas();
  return partialObject({
    ...commonOptions,
    signal: z.custom<AbortSignal>(
      (value) => typeof Object(value).aborted === 'boolean' && hasMethods(value, SIGNAL_METHODS),
      'must be an AbortSignal',
    ),
    retry: objectOr([false], partialObject(retry)),
    cache: objectOr([false, 'no-store', 'reload', 'only-if-cached'], partialObject({ ttlMs: duration })),
    priority: z.literal(['interactive', 'background']),
    fallback: callable,
    onInvalidFields: callable,
  });
});

/** Creates the schemas of `ClientOptions`, and of `ViewOptions` together with `auth`. */
export function createOptionsSchema({ operations, cachedReads }: EndpointNames) {
  const { duration, timeout, callable, retry, commonOptions } = commonSchemas();
  const bytes = integer(1, undefined, ' of bytes');
  const count = integer(1, 1_000_000);
  const store = objectWithMethods(['get', 'set', 'delete'], 'must have the methods get, set and delete');

  const auth = authSchema();
  const policy = { access: accessSchema(operations), redact: redactSchema() };
  const view = exactObject({
    auth,
    principal: z.optional(nonEmpty()),
    access: z.optional(policy.access),
    redact: z.optional(policy.redact),
  });

  const cache = partialObject({
    ttlMs: duration,
    ttlMsFor: partialObject(Object.fromEntries(cachedReads.map((read) => [read, duration]))),
    maxEntries: integer(1, 10_000_000),
    maxBytes: bytes,
    staleIfErrorMs: duration,
    staleWhileRevalidateMs: duration,
    store,
    keySecret: z.string(KEY_SECRET_MESSAGE).check(z.minLength(16, KEY_SECRET_MESSAGE)),
    namespace: stringMatching(/^[\w.:-]+$/, 'must consist of letters, digits and _ . : -'),
    storeTimeoutMs: timeout,
  }).check(
    refine(function* (value) {
      if (value.store === undefined) {
        for (const option of ['keySecret', 'namespace', 'storeTimeoutMs'])
          if (value[option] !== undefined) yield [[option], 'requires store'];
        return;
      }
      if (value.keySecret === undefined) yield [['keySecret'], KEY_SECRET_MESSAGE];
      if (globalThis.crypto?.subtle === undefined)
        yield [['store'], 'requires crypto.subtle, which browsers provide only on https: and localhost'];
    }),
  );
  const client = partialObject({
    ...commonOptions,
    baseUrl: z.string(),
    apiVersion: stringMatching(/^[\w-][\w.-]*$/, 'must be one path segment such as v1'),
    auth,
    tokenStore: store,
    principal: nonEmpty(),
    allowInsecureAuth: boolean(),
    ...policy,
    retry: objectOr([false], partialObject({ ...retry, budget: wholeNumberOr(false, 0, BUDGET_MESSAGE) })),
    lateWriteWindowMs: duration,
    breaker: objectOr(
      [false],
      partialObject({
        failMax: count,
        resetTimeoutMs: wholeNumberOr(Number.POSITIVE_INFINITY, 1, RESET_MESSAGE),
        errorThresholdPercentage: z
          .number(PERCENTAGE_MESSAGE)
          .check(z.gt(0, PERCENTAGE_MESSAGE), z.lte(100, PERCENTAGE_MESSAGE)),
        volumeThreshold: count,
        windowMs: milliseconds(10),
        isFailure: callable,
      }),
    ),
    cache: objectOr([false], cache),
    concurrency: integer(1, 100_000),
    dialect: z.literal(['auto', ...DIALECTS]),
    attributes: objectWithMethods(['findIssues'], 'must come from defineAttributes'),
    unknownFields: z.literal(['allow', 'refuse']),
    maxResponseBytes: bytes,
    logger: objectWithMethods(LOG_METHODS, 'must have the methods debug, info, warn and error'),
    logLevel: z.literal([...LOG_METHODS, 'silent']),
    fetch: callable,
  });
  return { client, view };
}

export type OptionsSchema = ReturnType<typeof createOptionsSchema>;
