import {
  anyValue,
  assertOptions,
  booleanRule,
  functionRule,
  numberRule,
  type OptionRule,
  type OptionRules,
  textRule,
} from '../core/assert-options.js';
import type { AuthOptions, CorsOptions, ListenOptions, PersonaServiceOptions } from './options.js';
import type { PersonaSeed } from './seed/index.js';

const isOptionsObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectRule = (description: string): OptionRule => [isOptionsObject, `must be ${description}`];
/** SQLite would open a temporary database for an empty name. */
const fileRule: OptionRule = [
  (value: unknown) => typeof value === 'string' && value.trim() !== '' && !value.includes('\0'),
  'must be the path of a file',
];
/** Node.js would listen on every address for an empty name, and the URL of the listener would have no host. */
const hostRule: OptionRule = [
  (value: unknown) => typeof value === 'string' && /^[^\s/?#@\\[\]]+$/.test(value),
  'must be a host name or an address such as 127.0.0.1',
];
const namesRule: OptionRule = [Array.isArray, 'must be an array of strings'];

const SERVICE_RULES: OptionRules<PersonaServiceOptions> = {
  dialect: anyValue, // createDialectRules checks it
  published: booleanRule,
  auth: [(value: unknown) => value === false || isOptionsObject(value), 'must be false or { users }'],
  store: [
    (value: unknown) => value === 'memory' || isOptionsObject(value),
    "must be 'memory', { sqlite } or a PersonaStore",
  ],
  seed: [
    (value: unknown) =>
      typeof value === 'boolean' ||
      Array.isArray(value) ||
      (Number.isSafeInteger(value) && Number(value) >= 0),
    'must be true, false, a whole number of at least 0, or an array of personas',
  ],
  cors: objectRule('{ origins }'),
  fieldConfig: objectRule('an object of categories'),
  now: functionRule,
  validators: [
    (value: string) => ['etag', 'last-modified'].includes(value),
    "must be 'etag' or 'last-modified'",
  ],
  latencyMs: numberRule(0),
};

const AUTH_RULES: OptionRules<AuthOptions> = {
  users: objectRule('an object of passwords by user name'),
  secret: textRule,
  accessTtlSeconds: numberRule(0),
  refreshTtlSeconds: numberRule(0),
  revokeOnReuse: booleanRule,
  reuseLeewaySeconds: numberRule(0),
};

const CORS_RULES: OptionRules<CorsOptions> = { origins: namesRule, headers: namesRule };

const SEED_RULES: OptionRules<PersonaSeed> = {
  name: textRule,
  demographic: anyValue,
  psychographic: anyValue,
  behavioral: anyValue,
  contextual: anyValue,
};

const LISTEN_RULES: OptionRules<ListenOptions> = {
  port: numberRule(0),
  host: hostRule,
  basePath: [
    (value: unknown) => typeof value === 'string' && /^\/[^?#]*$/.test(value),
    'must be a path such as /gateway',
  ],
  allowedHosts: namesRule,
  keepAlive: booleanRule,
};

/** @throws {TypeError} for an unknown or invalid option of `createPersonaService`. */
export function checkServiceOptions(options: PersonaServiceOptions): void {
  const source = 'createPersonaService';
  assertOptions(source, options, SERVICE_RULES);
  const { auth, store, seed, cors } = options;
  if (auth) assertOptions(`${source}: auth`, { ...auth, users: auth.users ?? null }, AUTH_RULES);
  if (cors) assertOptions(`${source}: cors`, { ...cors, origins: cors.origins ?? null }, CORS_RULES);
  if (isOptionsObject(store) && !('list' in store))
    assertOptions(`${source}: store`, { ...store, sqlite: store.sqlite ?? null }, { sqlite: fileRule });
  if (Array.isArray(seed))
    for (const [index, persona] of seed.entries())
      assertOptions(`${source}: seed ${index}`, persona, SEED_RULES);
}

/** @throws {TypeError} for an unknown or invalid option of `listen`. */
export const checkListenOptions = (options: ListenOptions): void =>
  assertOptions('listen', options, LISTEN_RULES);
