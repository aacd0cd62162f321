import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { allowsAny, readableSections, type ServedClient } from './client-like.js';
import { removeInvisible } from './sanitize-text.js';

const SEARCHED_PERSONAS = 100;
const TIMEOUT_MS = 2_000;
/** The maximum of the protocol. */
const MAX_VALUES = 100;

interface Completion {
  readonly values: string[];
  /** Whether there may be other values. Unset if unknown. */
  readonly hasMore?: boolean;
}

type Completer = (input: string) => Completion | Promise<Completion>;

/**
 * Registers the completion of persona ids and section names.
 *
 * Replaces the handler of the MCP SDK, whose completers cannot say that they searched only some of the personas.
 *
 * @param names The prompts and the URI templates whose arguments can be completed.
 */
export function registerCompletion(
  { server }: McpServer,
  client: ServedClient,
  names: readonly string[],
): void {
  const suggestIds: Completer = (input) => suggestPersonaIds(client, input);
  const completers = new Map<string, Completer>([
    ['id', suggestIds],
    ['id_a', suggestIds],
    ['id_b', suggestIds],
    ['section', (input) => suggestSections(client, input)],
  ]);
  server.setRequestHandler('completion/complete', async ({ params: { ref, argument } }) => {
    const name = ref.type === 'ref/prompt' ? ref.name : ref.uri;
    if (!names.includes(name))
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        'There is no such prompt or resource template.',
      );
    const complete = completers.get(argument.name);
    const { values, ...rest } = (await complete?.(argument.value)) ?? { values: [], hasMore: false };
    return { completion: { values: values.slice(0, MAX_VALUES), ...rest } };
  });
}

/**
 * Completes a persona id by prefix, or by a part of the persona's name. Searches the first 100 personas, and finds a
 * complete id beyond them, too. Returns nothing if the service is unavailable, because completion is optional.
 */
async function suggestPersonaIds(client: ServedClient, input: string): Promise<Completion> {
  const prefix = removeInvisible(input).toLowerCase();
  if (prefix === '' && input !== '') return { values: [] };
  try {
    const options = { deadlineMs: TIMEOUT_MS };
    const { items, total } = await client.personas.list({ perPage: SEARCHED_PERSONAS }, options);
    const isMatch = ({ id, name }: (typeof items)[number]) =>
      String(id).startsWith(prefix) || removeInvisible(name).toLowerCase().includes(prefix);
    const ids = items.filter(isMatch).map(({ id }) => String(id));
    const hasMore = total > items.length;
    const isElsewhere = hasMore && !ids.includes(input) && (await exists(client, input));
    return { values: isElsewhere ? [input, ...ids] : ids, hasMore };
  } catch {
    return { values: [] };
  }
}

async function exists(client: ServedClient, id: string): Promise<boolean> {
  if (!/^[1-9]\d{0,14}$/.test(id) || !allowsAny(client, ['personas.get'])) return false;
  return client.personas.get(Number(id), { deadlineMs: TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}

const suggestSections = (client: ServedClient, input: string): Completion => ({
  values: readableSections(client).filter((name) => name.startsWith(input.toLowerCase())),
  hasMore: false,
});
