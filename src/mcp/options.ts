import { anyValue, booleanRule, type OptionRule, type OptionRules } from '../core/assert-options.js';
import { allowsAny, type ServedClient } from './client-like.js';
import type { ConfirmMode } from './shared-state.js';
import { TOOLS } from './tools/index.js';
import type { Tool } from './tools/types.js';

/** Options of `createPersonaMcpServer()`. */
export interface PersonaMcpOptions {
  /**
   * The client that the tools call, with its authentication, cache, retries and limits.
   *
   * The server offers only what the client's `access` allows. It never closes the client; the caller does.
   */
  readonly client: ServedClient;
  /** Whether to offer only tools that read. Takes precedence over `tools`. @default false */
  readonly readOnly?: boolean;
  /** Names of the tools to offer. @default all */
  readonly tools?: readonly string[];
  /** Names of the tools not to offer. Takes precedence over `tools`. @default none */
  readonly excludeTools?: readonly string[];
  /**
   * When `delete_persona` asks the user to confirm.
   *
   * - `'auto'`: if the MCP client supports elicitation. Other clients delete without confirmation.
   * - `'always'`: for every deletion. The tool fails if the MCP client does not support elicitation.
   * - `'never'`: the tool deletes without confirmation.
   *
   * @default 'auto'
   */
  readonly confirm?: ConfirmMode;
}

const namesRule: OptionRule = [Array.isArray, 'must be an array of names'];

export const OPTION_RULES: OptionRules<PersonaMcpOptions> = {
  client: [(value: unknown) => typeof value === 'object' && value !== null, 'must be a PersonaClient'],
  readOnly: booleanRule,
  tools: namesRule,
  excludeTools: namesRule,
  confirm: anyValue, // checked by resolveConfirmMode
};

/** The names of all tools, in the order of `tools/list`. */
export const toolNames = (): readonly string[] => TOOLS.map(({ name }) => name);

/**
 * Selects the tools to offer, in the order of `tools/list`.
 *
 * @throws {TypeError} for an unknown tool name. Otherwise, a misspelled exclusion would leave the tool available.
 */
export function selectTools({
  client,
  readOnly,
  tools,
  excludeTools = [],
}: Partial<PersonaMcpOptions>): readonly Tool[] {
  const unknown = [...(tools ?? []), ...excludeTools].filter((name) => !toolNames().includes(name));
  if (unknown.length > 0)
    throw new TypeError(`Unknown tool: ${unknown.join(', ')}. Available tools: ${toolNames().join(', ')}.`);
  return TOOLS.filter(
    ({ name, annotations, operations }) =>
      (readOnly !== true || annotations.readOnlyHint) &&
      (client === undefined || allowsAny(client, operations)) &&
      (tools?.includes(name) ?? true) &&
      !excludeTools.includes(name),
  );
}

const CONFIRM_MODES: readonly string[] = ['auto', 'always', 'never'] satisfies readonly ConfirmMode[];

/**
 * Returns the confirm mode, or the default.
 *
 * @throws {TypeError} for an unknown mode, so that a typo cannot disable confirmation.
 */
export function resolveConfirmMode({ confirm = 'auto' }: Pick<PersonaMcpOptions, 'confirm'>): ConfirmMode {
  if (!CONFIRM_MODES.includes(confirm))
    throw new TypeError(`confirm must be one of ${CONFIRM_MODES.join(', ')}.`);
  return confirm;
}
