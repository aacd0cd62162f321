import * as z from 'zod/mini';
import { CATEGORIES } from '../schemas/categories.js';
import { isPlain } from '../schemas/json.js';
import { flag, nonEmpty, once, optional, rule, text, whole } from '../schemas/rules.js';
import { token } from '../schemas/token.js';
import { access, redact } from './access-policy.js';
import type { CachedRead } from './options.js';

const MAX_TIMER_MS = 2 ** 31 - 1;
const milliseconds = (low: number) => whole(low, MAX_TIMER_MS, ' of milliseconds');
const having = (methods: readonly string[], rule: string) =>
  z.custom<object>((value) => methods.every((name) => typeof Object(value)[name] === 'function'), rule);
const orFalse = (schema: z.ZodMiniType) => z.union([z.literal(false), schema]);

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const LINE = /^[\t\x20-\x7e\x80-\xff]*$/;
const CACHED: readonly CachedRead[] = [
  'personas.list',
  'personas.get',
  ...CATEGORIES.map((category) => `${category}.get` as const),
  'fieldConfig.get',
];
const KEY_SECRET = 'must be a string of at least 16 characters, the same for all who share the store';
const LEVELS = ['debug', 'info', 'warn', 'error'];
const BUDGET = 'must be a whole number from 0, or false';
const RESET = 'must be a whole number of milliseconds from 1, or Infinity';
const SHARE = 'must be a percentage above 0 and up to 100';

/** What a client, a view of it, and one call can be told. */
export const optionsSchema = once(() => {
  const span = milliseconds(0);
  const timer = milliseconds(1);
  const bytes = whole(1, undefined, ' of bytes');
  const count = whole(1, 1_000_000);
  const callable = z.custom<never>((value) => typeof value === 'function', 'must be a function');
  const store = having(['get', 'set', 'delete'], 'must have get, set and delete');
  const headers = z.custom<object>(isPlain, 'must be an object of strings').check(
    rule(function* (value) {
      for (const [name, text] of Object.entries(isPlain(value) ? value : {}))
        if (!HEADER.test(name)) yield [[name], 'is not a header name'];
        else if (typeof text !== 'string' || !LINE.test(text)) yield [[name], 'must be one line of Latin-1'];
    }),
  );
  const retry = { limit: whole(0, 100), backoffMs: span, maxBackoffMs: span };
  /** What a call can be told as well as the client. */
  const shared = {
    timeoutMs: timer,
    deadlineMs: timer,
    onUnknownOutcome: z.literal(['throw', 'reconcile']),
    headers,
  };
  const request = optional({
    ...shared,
    signal: z.custom<AbortSignal>(
      (value) => typeof value === 'object' && value !== null && 'aborted' in value,
      'must be an AbortSignal',
    ),
    retry: orFalse(optional(retry)),
    cache: z.union([
      z.literal(false),
      z.literal(['no-store', 'reload', 'only-if-cached']),
      optional({ ttlMs: span }),
    ]),
    fallback: callable,
  });

  const auth = z.union(
    [
      z.strictObject({ username: nonEmpty(), password: nonEmpty() }),
      z.strictObject({ token: token() }),
      z.strictObject({ accessToken: token(), refreshToken: token() }),
      z.strictObject({ getToken: callable }),
    ],
    'must be { username, password }, { token }, { accessToken, refreshToken } or { getToken }',
  );
  const policy = { access: access(), redact: redact() };
  const view = z.strictObject({
    auth,
    principal: z.optional(nonEmpty()),
    access: z.optional(policy.access),
    redact: z.optional(policy.redact),
  });

  const cache = optional({
    ttlMs: span,
    ttlMsFor: optional(Object.fromEntries(CACHED.map((read) => [read, span]))),
    maxEntries: whole(1, 10_000_000),
    maxBytes: bytes,
    staleIfErrorMs: span,
    staleWhileRevalidateMs: span,
    store,
    keySecret: z.string(KEY_SECRET).check(z.minLength(16, KEY_SECRET)),
    namespace: text(/^[\w.:-]+$/, 'must be of letters, digits and _ . : -'),
    storeTimeoutMs: timer,
  }).check(
    rule(function* (value) {
      if (value.store === undefined) {
        for (const option of ['keySecret', 'namespace', 'storeTimeoutMs'])
          if (value[option] !== undefined) yield [[option], 'needs a store'];
        return;
      }
      if (value.keySecret === undefined) yield [['keySecret'], KEY_SECRET];
      if (globalThis.crypto?.subtle === undefined)
        yield [['store'], 'needs crypto.subtle, which a page has only over https: or on localhost'];
    }),
  );
  const client = optional({
    ...shared,
    baseUrl: z.string(),
    apiVersion: text(/^[\w-][\w.-]*$/, 'must be one path segment such as v1'),
    auth,
    tokenStore: store,
    principal: nonEmpty(),
    allowInsecureAuth: flag(),
    ...policy,
    retry: orFalse(optional({ ...retry, budget: orFalse(z.int(BUDGET).check(z.gte(0, BUDGET))) })),
    lateWriteWindowMs: span,
    breaker: orFalse(
      optional({
        failMax: count,
        resetTimeoutMs: z.union(
          [z.literal(Number.POSITIVE_INFINITY), z.int(RESET).check(z.gte(1, RESET))],
          RESET,
        ),
        errorThresholdPercentage: z.number(SHARE).check(z.gt(0, SHARE), z.lte(100, SHARE)),
        volumeThreshold: count,
        windowMs: milliseconds(10),
        isFailure: callable,
      }),
    ),
    cache: orFalse(cache),
    concurrency: whole(1, 100_000),
    dialect: z.literal(['auto', 'subresource', 'attributes']),
    attributes: having(['issues'], 'must come from defineAttributes'),
    maxResponseBytes: bytes,
    logger: having(LEVELS, 'must have debug, info, warn and error'),
    logLevel: z.literal([...LEVELS, 'silent']),
    fetch: callable,
  });
  return { client, view, request };
});
