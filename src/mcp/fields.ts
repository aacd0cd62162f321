import type { FieldConfig } from '../index.js';
import type { PersonaClientLike } from './client-like.js';
import { visible } from './sanitize-text.js';

const WITHIN_MS = 1_000;
const NAME = /^[A-Za-z_][\w-]{0,63}$/;
const MAX_FIELDS = 100;
const MAX_OPTIONS = 50;

/** The fields that tools take. */
export interface Fields {
  readonly config: FieldConfig;
  /** The service did not tell its fields in time: others than these may exist, and are left for it to judge. */
  readonly open: boolean;
}

/**
 * The deployment's fields, asked for once, when first needed: the list of tools must stay the same for as long as
 * the server runs. After a second without an answer, the fields known out of the box.
 */
export function fieldsOf(client: PersonaClientLike): () => Promise<Fields> {
  let known: Promise<Fields> | undefined;
  return () => {
    known ??= read(client);
    return known;
  };
}

async function read(client: PersonaClientLike): Promise<Fields> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    const asked = client.fieldConfig.get(undefined, undefined, { deadlineMs: WITHIN_MS, signal });
    return { config: trusted(await Promise.race([asked, late])), open: false };
  } catch {
    return { config: await outOfTheBox(), open: true };
  }
}

/** A `subresource` service has no field-config, so a client of one answers from what is known, without a request. */
async function outOfTheBox(): Promise<FieldConfig> {
  const { PersonaClient } = await import('../index.js');
  const client = new PersonaClient({ dialect: 'subresource' });
  const config = await client.fieldConfig.get();
  client.close();
  return config;
}

/**
 * Names and options only. Labels and descriptions are somebody's prose, and what stands in a tool's description
 * is obeyed by models.
 */
function trusted(config: FieldConfig): FieldConfig {
  const categories = ['psychographic', 'behavioral', 'contextual'].map((name) => [
    name,
    {
      fields: (config[name]?.fields ?? [])
        .filter((field) => NAME.test(field.name))
        .slice(0, MAX_FIELDS)
        .map(({ name, type, options }) => ({
          name,
          type,
          ...(options && { options: options.filter(isPlain).slice(0, MAX_OPTIONS) }),
        })),
    },
  ]);
  return Object.fromEntries(categories) as FieldConfig;
}

const isPlain = (option: string): boolean =>
  option.length <= 60 && !/\n/.test(option) && visible(option) === option;
