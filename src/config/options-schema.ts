import { DIALECTS } from '../core/dialect.js';
import { MAX_TIMER_MS } from '../core/timers.js';
import { partialObject } from '../schemas/objects.js';
import { once } from '../schemas/once.js';
import { isPlainObject } from '../schemas/plain-data.js';
import {
  addIssue,
  anyString,
  boolean,
  callable,
  customSchema,
  type InputIssue,
  integer,
  nonEmpty,
  numberWhere,
  objectOr,
  oneOf,
  refine,
  stringMatching,
  valueWhere,
} from '../schemas/validators.js';
import { accessSchema, redactSchema } from './access-schema.js';
import { authSchema } from './auth-schema.js';

const milliseconds = (min: number) => integer(min, MAX_TIMER_MS, ' of milliseconds');
const duration = () => milliseconds(0);
const timeout = () => milliseconds(1);
const count = () => integer(1, 1_000_000);
const bytes = () => integer(1, undefined, ' of bytes');
const hasMethods = (value: unknown, methods: readonly string[]): boolean =>
  methods.every((name) => typeof Object(value)[name] === 'function');
const wholeNumberOr = (other: unknown, min: number, message: string) =>
  valueWhere<unknown>(
    (value) => value === other || (Number.isSafeInteger(value) && Number(value) >= min),
    message,
  );
const objectWithMethods = (methods: readonly string[], message: string) =>
  valueWhere<object>((value) => hasMethods(value, methods), message);

const store = () => objectWithMethods(['get', 'set', 'delete'], 'must have the methods get, set and delete');

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

const headersSchema = () =>
  customSchema<object>((payload) => {
    const { value } = payload;
    if (!isPlainObject(value)) return addIssue(payload, [], 'must be an object of strings and null');
    const headers = { ...value }; // a getter could return another value later
    for (const issue of findInvalidHeaders(headers)) addIssue(payload, ...issue);
    payload.value = headers;
  });

function* findInvalidHeaders(headers: object): Generator<InputIssue> {
  for (const [name, text] of Object.entries(headers))
    if (!HEADER_NAME.test(name)) yield [[name], 'is not a valid header name'];
    else if (text === null) {
      if (REQUIRED_HEADER.test(name) || CONNECTION_HEADER.test(name)) yield [[name], 'cannot be omitted'];
    } else if (typeof text !== 'string' || !HEADER_VALUE.test(text))
      yield [[name], 'must be a single line of Latin-1 characters'];
    else if (CONNECTION_HEADER.test(name)) yield [[name], 'is set by the platform'];
    else if (isDropped(name, text)) yield [[name], 'is a header that browsers do not send'];
}

const RETRY_FIELDS = { limit: () => integer(0, 100), backoffMs: duration, maxBackoffMs: duration };
/** Options that clients and calls have in common. */
const COMMON_FIELDS = {
  timeoutMs: timeout,
  deadlineMs: timeout,
  onUnknownOutcome: () => oneOf(['throw', 'reconcile']),
  reads: () => oneOf(['lenient', 'strict']),
  headers: headersSchema,
};

/** Validates `RequestOptions`. */
export const requestOptionsSchema = once(() =>
  partialObject({
    ...COMMON_FIELDS,
    signal: () =>
      valueWhere<AbortSignal>(
        (value) => typeof Object(value).aborted === 'boolean' && hasMethods(value, SIGNAL_METHODS),
        'must be an AbortSignal',
      ),
    retry: () => objectOr([false], partialObject(RETRY_FIELDS)),
    cache: () =>
      objectOr([false, 'no-store', 'reload', 'only-if-cached'], partialObject({ ttlMs: duration })),
    priority: () => oneOf(['interactive', 'background']),
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
    baseUrl: anyString,
    apiVersion: () => stringMatching(/^[\w-][\w.-]*$/, 'must be one path segment such as v1'),
    tokenStore: store,
    allowInsecureAuth: boolean,
    retry: () =>
      objectOr(
        [false],
        partialObject({ ...RETRY_FIELDS, budget: () => wholeNumberOr(false, 0, BUDGET_MESSAGE) }),
      ),
    lateWriteWindowMs: duration,
    breaker: () => objectOr([false], breakerSchema()),
    cache: () => objectOr([false], cacheSchema(cachedReads)),
    concurrency: () => integer(1, 100_000),
    dialect: () => oneOf(['auto', ...DIALECTS]),
    attributes: () => objectWithMethods(['findIssues'], 'must come from defineAttributes'),
    unknownFields: () => oneOf(['allow', 'refuse']),
    maxResponseBytes: bytes,
    logger: () => objectWithMethods(LOG_METHODS, 'must have the methods debug, info, warn and error'),
    logLevel: () => oneOf([...LOG_METHODS, 'silent']),
    fetch: callable,
  });
  return { client, view: partialObject(policyFields, ['auth']) };
}

const breakerSchema = () =>
  partialObject({
    failMax: count,
    resetTimeoutMs: () => wholeNumberOr(Number.POSITIVE_INFINITY, 1, RESET_MESSAGE),
    errorThresholdPercentage: () => numberWhere((value) => value > 0 && value <= 100, PERCENTAGE_MESSAGE),
    volumeThreshold: count,
    windowMs: () => milliseconds(10),
    isFailure: callable,
  });

const cacheSchema = (cachedReads: readonly string[]) =>
  refine(
    partialObject({
      ttlMs: duration,
      ttlMsFor: () => partialObject(Object.fromEntries(cachedReads.map((read) => [read, duration]))),
      maxEntries: () => integer(1, 10_000_000),
      maxBytes: bytes,
      staleIfErrorMs: duration,
      staleWhileRevalidateMs: duration,
      store,
      keySecret: () =>
        valueWhere<string>(
          (value) => typeof value === 'string' && [...value].length >= 16,
          KEY_SECRET_MESSAGE,
        ),
      namespace: () => stringMatching(/^[\w.:-]+$/, 'must consist of letters, digits and _ . : -'),
      storeTimeoutMs: timeout,
    }),
    function* (value) {
      if (value.store === undefined) {
        for (const option of ['keySecret', 'namespace', 'storeTimeoutMs'] as const)
          if (value[option] !== undefined) yield [[option], 'requires store'];
        return;
      }
      if (value.keySecret === undefined) yield [['keySecret'], KEY_SECRET_MESSAGE];
      if (globalThis.crypto?.subtle === undefined)
        yield [['store'], 'requires crypto.subtle, which browsers provide only on https: and localhost'];
    },
  );

export type OptionsSchema = ReturnType<typeof createOptionsSchema>;
