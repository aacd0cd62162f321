import { allowsOne, type PersonaClientLike } from './client-like.js';
import type { Confirm } from './shared-state.js';
import { TOOLS } from './tools/index.js';
import type { Tool } from './tools/types.js';

/** What a server can be told. */
export interface PersonaMcpOptions {
  /**
   * Whom the tools call. Its rules, tokens, cache and limits are the server's: what its `access` does not allow is not
   * offered. The caller closes it.
   */
  readonly client: PersonaClientLike;
  /** Offer no tool that writes, whatever `tools` says. @default false */
  readonly readOnly?: boolean;
  /** The names of the tools to offer. @default all */
  readonly tools?: readonly string[];
  /** The names of tools not to offer; wins over `tools`. @default none */
  readonly excludeTools?: readonly string[];
  /**
   * When `delete_persona` asks the user first. `'auto'`: whenever the client can be asked, else it deletes, as in the
   * guide. `'always'`: a client that cannot be asked cannot delete. `'never'`: not at all. @default 'auto'
   */
  readonly confirm?: Confirm;
}

/** The names of all tools, for those who choose among them. */
export const toolNames = (): readonly string[] => TOOLS.map(({ name }) => name);

/**
 * The tools that these options, and the client's `access`, leave, in the order of the list.
 * @throws {TypeError} naming a tool that does not exist: a misspelt exclusion would leave the tool in.
 */
export function chosenTools({
  client,
  readOnly,
  tools,
  excludeTools = [],
}: Partial<PersonaMcpOptions>): readonly Tool[] {
  const unknown = [...(tools ?? []), ...excludeTools].filter((name) => !toolNames().includes(name));
  if (unknown.length > 0)
    throw new TypeError(`There is no tool ${unknown.join(', ')}; there are ${toolNames().join(', ')}.`);
  return TOOLS.filter(
    ({ name, hints, calls }) =>
      (readOnly !== true || hints.readOnlyHint) &&
      (client === undefined || allowsOne(client, calls)) &&
      (tools?.includes(name) ?? true) &&
      !excludeTools.includes(name),
  );
}

const CONFIRM: readonly string[] = ['auto', 'always', 'never'] satisfies readonly Confirm[];

/** @throws {TypeError} for a `confirm` that does not exist: taken for another one, it would delete unasked. */
export function confirmOf({ confirm = 'auto' }: Pick<PersonaMcpOptions, 'confirm'>): Confirm {
  if (!CONFIRM.includes(confirm)) throw new TypeError(`confirm must be one of ${CONFIRM.join(', ')}.`);
  return confirm;
}
