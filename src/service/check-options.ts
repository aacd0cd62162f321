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
import {
  ATTRIBUTE_CATEGORIES,
  type CategoryConfig,
  type FieldConfig,
  type FieldDefinition,
} from './field-config.js';
import type { AuthOptions, CorsOptions, ListenOptions, PersonaServiceOptions } from './options.js';
import type { PersonaSeed } from './seed/index.js';
import type { PersonaStore } from './store/types.js';

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
  'must be a host name or address',
];
const isText = (value: unknown) => typeof value === 'string';
const namesRule: OptionRule = [
  (value: unknown) => Array.isArray(value) && value.every(isText),
  'must be an array of strings',
];

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
  openapi: booleanRule,
};

const AUTH_RULES: OptionRules<AuthOptions> = {
  users: [
    (value: unknown) => isOptionsObject(value) && Object.values(value).every(isText),
    'must be an object of passwords by user name',
  ],
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

/** The methods that the service calls. */
const STORE_METHODS: readonly (keyof PersonaStore)[] = ['list', 'get', 'create', 'update', 'delete', 'seed'];

const CATEGORY_RULES: OptionRules<CategoryConfig> = {
  label: textRule,
  description: textRule,
  fields: [Array.isArray, 'must be an array'],
};

const CONFIG_RULES: OptionRules<FieldConfig> = {
  psychographic: anyValue,
  behavioral: anyValue,
  contextual: anyValue,
};

const FIELD_RULES: OptionRules<FieldDefinition> = {
  name: textRule,
  type: [(value: string) => ['string', 'list', 'dict'].includes(value), "must be 'string', 'list' or 'dict'"],
  label: textRule,
  description: textRule,
  options: namesRule,
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
  const { auth, store, seed, cors, fieldConfig = {} } = options;
  if (auth) assertComplete(`${source}: auth`, auth, AUTH_RULES, ['users']);
  if (cors) assertComplete(`${source}: cors`, cors, CORS_RULES, ['origins']);
  if (isOptionsObject(store)) checkStore(`${source}: store`, store);
  if (Array.isArray(seed))
    for (const [index, persona] of seed.entries())
      assertComplete(`${source}: seed ${index}`, persona, SEED_RULES, ['name']);
  checkFieldConfig(`${source}: fieldConfig`, fieldConfig);
}

/** Checks options, and that the required ones are present. */
function assertComplete<Options extends object>(
  source: string,
  options: Options,
  rules: OptionRules<Options>,
  required: readonly (keyof Options & string)[],
): void {
  assertOptions(source, options, rules);
  for (const name of required)
    if (options[name] === undefined) throw new TypeError(`${source}: ${name} ${rules[name][1]}`);
}

function checkStore(source: string, store: { readonly sqlite: string } | PersonaStore): void {
  if (!STORE_METHODS.some((name) => name in store))
    assertComplete(source, store as { readonly sqlite: string }, { sqlite: fileRule }, ['sqlite']);
  else
    for (const name of STORE_METHODS)
      if (typeof (store as PersonaStore)[name] !== 'function')
        throw new TypeError(`${source} must have the method ${name}`);
}

function checkFieldConfig(source: string, fieldConfig: FieldConfig): void {
  assertOptions<FieldConfig>(source, fieldConfig, CONFIG_RULES);
  for (const category of ATTRIBUTE_CATEGORIES) {
    const config = fieldConfig[category];
    if (config === undefined) continue;
    assertComplete(`${source}: ${category}`, config, CATEGORY_RULES, ['fields']);
    for (const [index, field] of config.fields.entries())
      assertComplete(`${source}: ${category}: field ${index}`, field, FIELD_RULES, ['name', 'type']);
  }
}

/** @throws {TypeError} for an unknown or invalid option of `listen`. */
export const checkListenOptions = (options: ListenOptions): void =>
  assertOptions('listen', options, LISTEN_RULES);
