import type {
  AnyAttributes,
  AttributeCategory,
  CustomData,
  CustomPersona,
  Demographic,
  DemographicInput,
  FieldConfig,
  FieldConfigs,
  IterationReport,
  Operation,
  PersonaCategory,
  Personas,
  Schemas,
} from '../index.js';
import { SECTIONS, type Section } from './sections.js';

/** A persona of any client, whatever its custom fields are. */
export type AnyPersona = CustomPersona<AnyAttributes>;

/** The part of a `PersonaIterator` that the server uses. */
export interface PersonaIteration extends AsyncIterable<AnyPersona> {
  readonly report?: Pick<IterationReport, 'complete' | 'total' | 'unseen' | 'incompleteReason'> | undefined;
}

type CategoryMethods<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;
type AttributeMethods<Name extends AttributeCategory> = CategoryMethods<
  CustomData<AnyAttributes, Name>,
  CustomData<AnyAttributes, Name>
>;

/**
 * The part of a `PersonaClient` that the server uses.
 *
 * A structural type, because the compiler treats the classes of two copies of the package as different.
 */
export interface ServedClient {
  /** The methods of personas. */
  readonly personas: Pick<Personas<AnyAttributes>, 'list' | 'get' | 'create' | 'update' | 'delete'> & {
    /** Iterates over all personas: `personas.iterate` of the client. */
    iterate(...args: Parameters<Personas<AnyAttributes>['iterate']>): PersonaIteration;
  };
  /** The methods of demographic data. */
  readonly demographic: CategoryMethods<Demographic, DemographicInput>;
  /** The methods of psychographic data. */
  readonly psychographic: AttributeMethods<'psychographic'>;
  /** The methods of behavioral data. */
  readonly behavioral: AttributeMethods<'behavioral'>;
  /** The methods of contextual data. */
  readonly contextual: AttributeMethods<'contextual'>;
  /** Reads the field config, which describes the fields that this service stores. */
  readonly fieldConfig: Pick<FieldConfigs, 'get'>;
  /** Reads the JSON Schema of a persona. */
  readonly schema: Pick<Schemas, 'get'>;
  /**
   * Returns the source of the field config, which shows the dialect. Without the source, the tools state no limits, and present the
   * options of a field only as examples.
   */
  readonly withMeta?: {
    readonly fieldConfig: {
      /** Returns the field config and its source. */
      get(...args: Parameters<FieldConfigs['get']>): Promise<FieldConfigResult>;
    };
  };
  /** Whether the client allows an operation. The server offers only allowed operations. @default all are allowed */
  allows?(operation: Operation): boolean;
  /** Whether the client removes a field from responses. The tools then refuse `add` and `remove` for the field. @default no field */
  redacts?(category: string, field: string): boolean;
}

/** The field config, and where it comes from. A service of the `subresource` dialect has none, so its source is `built-in`. */
interface FieldConfigResult {
  readonly data: FieldConfig;
  readonly meta: { readonly source?: string };
}

/** Returns the field config with its source, if the client reports the source. */
export const getFieldConfigWithSource = async (
  client: ServedClient,
  ...args: Parameters<FieldConfigs['get']>
): Promise<FieldConfigResult> =>
  (await client.withMeta?.fieldConfig.get(...args)) ?? {
    data: await client.fieldConfig.get(...args),
    meta: {},
  };

/** Whether the client allows at least one of these operations. */
export const allowsAny = (client: ServedClient, operations: readonly Operation[]): boolean =>
  operations.some((operation) => client.allows?.(operation) ?? true);

/** The sections that the client may read. */
export const readableSections = (client: ServedClient): readonly Section[] =>
  SECTIONS.filter((name) => allowsAny(client, [`${name}.get`]));
