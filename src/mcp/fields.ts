import { raceAbort } from '../core/abort.js';
import type { Dialect, FieldConfig } from '../index.js';
import { getFieldConfigWithSource, type PersonaClientLike } from './client-like.js';
import { stripInvisible } from './sanitize-text.js';

const LOAD_TIMEOUT_MS = 1_000;
/** The field names that a model may see. Others could be instructions. */
export const FIELD_NAME_PATTERN = /^[A-Za-z_][\w-]{0,63}$/;
const MAX_FIELDS = 100;
const MAX_OPTIONS = 50;
const MAX_OPTION_LENGTH = 60;

/** The fields that the tools accept. */
export interface FieldDefinitions {
  readonly config: FieldConfig;
  /**
   * Whether `config` is the default field config, because the deployment's config could not be loaded. The tools then
   * accept unknown fields, and the service validates them.
   */
  readonly isFallback: boolean;
  /** The dialect, whose limits the tools state. While it is unknown, they state none. The client checks all of them. */
  readonly dialect: Dialect | undefined;
}

/**
 * Creates a function that loads the deployment's fields on the first call, and returns the same fields afterward.
 *
 * The list of tools must not change while the server runs. If loading fails or takes longer than a second, the function
 * returns the default fields.
 */
export function createFieldLoader(client: PersonaClientLike): () => Promise<FieldDefinitions> {
  let definitionsPromise: Promise<FieldDefinitions> | undefined;
  return () => {
    definitionsPromise ??= loadFields(client);
    return definitionsPromise;
  };
}

async function loadFields(client: PersonaClientLike): Promise<FieldDefinitions> {
  const signal = AbortSignal.timeout(LOAD_TIMEOUT_MS);
  try {
    const options = { deadlineMs: LOAD_TIMEOUT_MS, signal };
    const response = getFieldConfigWithSource(client, undefined, undefined, options);
    const { data, meta } = await raceAbort(response, signal);
    return { config: sanitizeFieldConfig(data), isFallback: false, dialect: toDialect(meta.source) };
  } catch {
    return { config: await defaultFieldConfig(), isFallback: true, dialect: undefined };
  }
}

const toDialect = (source: string | undefined): Dialect | undefined => {
  if (source === undefined) return undefined;
  return source === 'built-in' ? 'subresource' : 'attributes';
};

/** Returns the default field config. A client of a `subresource` service returns this config without a request. */
async function defaultFieldConfig(): Promise<FieldConfig> {
  const { PersonaClient } = await import('../index.js');
  const client = new PersonaClient({ dialect: 'subresource' });
  const config = await client.fieldConfig.get();
  client.close();
  return config;
}

/** Keeps names, types and options only. Labels and descriptions are free text, and models obey text in tool schemas. */
function sanitizeFieldConfig(config: FieldConfig): FieldConfig {
  const categories = ['psychographic', 'behavioral', 'contextual'].map((category) => [
    category,
    {
      fields: (config[category]?.fields ?? [])
        .filter((field) => FIELD_NAME_PATTERN.test(field.name))
        .slice(0, MAX_FIELDS)
        .map(({ name, type, options }) => ({
          name,
          type,
          ...(options && { options: options.filter(isPlainText).slice(0, MAX_OPTIONS) }),
        })),
    },
  ]);
  return Object.fromEntries(categories) as FieldConfig;
}

const isPlainText = (option: string): boolean =>
  option.length <= MAX_OPTION_LENGTH && !/\n/.test(option) && stripInvisible(option) === option;
