import { raceAbort } from '../core/abort.js';
import type { Dialect, FieldConfig } from '../index.js';
import { getFieldConfigWithSource, type ServedClient } from './client-like.js';
import { SECTIONS, type Section } from './sections.js';

const LOAD_TIMEOUT_MS = 1_000;
/** The field names that a model may see outside of stored data. Others could be instructions. */
export const FIELD_NAME_PATTERN = /^[A-Za-z_][\w-]{0,63}$/;

/** A field as the service defines it. */
export type DeploymentField = FieldConfig[string]['fields'][number];

/** The fields of the deployment. */
export interface FieldDefinitions {
  /** `undefined` while they are unknown, because the service has not responded. Then only the service validates. */
  readonly sections: Readonly<Partial<Record<Section, readonly DeploymentField[]>>> | undefined;
  /** The dialect. The tools state its limits, or none while it is unknown. The client checks the limits in any case. */
  readonly dialect: Dialect | undefined;
}

const UNKNOWN_FIELDS: FieldDefinitions = { sections: undefined, dialect: undefined };

/** Loads the fields of the deployment once. After a failure, the next call loads them again. */
export class FieldLoader {
  readonly #client: ServedClient;
  #loading: Promise<FieldDefinitions> | undefined;

  constructor(client: ServedClient) {
    this.#client = client;
  }

  /** @throws the error of the client if the fields cannot be loaded. */
  async load(signal: AbortSignal): Promise<FieldDefinitions> {
    this.#loading ??= loadFields(this.#client).catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return raceAbort(this.#loading, signal);
  }

  /** Like `load()`, but returns `UNKNOWN_FIELDS` if that fails or takes longer than a second. A slow load continues. */
  async loadBriefly(): Promise<FieldDefinitions> {
    return this.load(AbortSignal.timeout(LOAD_TIMEOUT_MS)).catch(() => UNKNOWN_FIELDS);
  }
}

/** Keeps names, types and options only. Labels and descriptions are free text, and models obey text in tool schemas. */
async function loadFields(client: ServedClient): Promise<FieldDefinitions> {
  const { data, meta } = await getFieldConfigWithSource(client);
  const sections = SECTIONS.filter((section) => section !== 'demographic').map((section) => [
    section,
    (data[section]?.fields ?? []).map(({ name, type, options }) => ({
      name,
      type,
      ...(options && { options }),
    })),
  ]);
  return { sections: Object.fromEntries(sections), dialect: toDialect(meta.source) };
}

const toDialect = (source: string | undefined): Dialect | undefined => {
  if (source === undefined) return undefined;
  return source === 'built-in' ? 'subresource' : 'attributes';
};
