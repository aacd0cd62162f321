import type { Persona, PersonaCreate, PersonaUpdate, RequestOptions } from '../index.js';
import { CreatedPoller } from './created-poller.js';
import { closest } from './match.js';
import type { Applied, Client, Operation } from './operation.js';
import { runOver } from './run.js';
import { settingsOf } from './settings.js';
import type {
  CreateItem,
  CreateManyOptions,
  CreateRun,
  DeleteItem,
  DeleteRun,
  Items,
  RunOptions,
  UpdateItem,
  UpdateRun,
} from './types.js';

type Update = { readonly id: number; readonly data: PersonaUpdate };
type Delete = number | { readonly id: number };

/**
 * Create a persona for each item.
 *
 * @throws {PersonaValidationError} for an impossible option, at once. Bad items fail alone, each with its `issues`.
 * @example
 * ```ts
 * const run = createMany(client, [{ name: 'Ada' }, { name: '' }]);
 * for await (const result of run) if (!result.ok) console.error(result.index, result.error.message);
 * console.log(run.summary.done);
 * ```
 */
export function createMany(
  client: Client,
  items: Items<CreateItem>,
  options: CreateManyOptions = {},
): CreateRun {
  const settings = settingsOf('createMany', options);
  const newest = new CreatedPoller(client, settings.signal);
  const applied = (persona: Persona): Applied<Persona> => ({
    id: persona.id,
    at: Date.parse(persona.created_at),
    value: persona,
  });
  const resolves = settings.onUnknownOutcome === 'reconcile';
  const create: Operation<PersonaCreate, Persona> = {
    name: 'create',
    lane: (item) => (resolves ? String(item?.name) : undefined),
    send: async (item, how) => {
      const persona = await client.personas.create(item, how);
      return { ...applied(persona), ...(resolves && !closest([persona], item) && { unlike: true }) };
    },
    idempotent: false,
    baseline: () => newest.baseline(),
    ...(resolves && {
      find: async (item, since, isTaken) => {
        const free = (await newest.createdSince(since)).filter(({ id }) => !isTaken(id));
        const found = closest(free, item);
        return found && applied(found);
      },
    }),
  };
  return runOver(create, items, settings);
}

/**
 * Change a persona for each item. Items about the same persona are applied in their order.
 *
 * @throws {PersonaValidationError} for an impossible option, at once. Bad items fail alone, each with its `issues`.
 * @example
 * ```ts
 * await updateMany(client, [{ id: 1, data: { name: 'Renamed' } }]).finish();
 * ```
 */
export function updateMany(client: Client, items: Items<UpdateItem>, options: RunOptions = {}): UpdateRun {
  const update: Operation<Update, Persona> = {
    name: 'update',
    lane: (item) => String(item?.id),
    send: async (item, how) => ({
      id: item?.id,
      at: 0,
      value: await client.personas.update(item?.id, item?.data, how as RequestOptions<Persona>),
    }),
    idempotent: true,
    baseline: NO_BASELINE,
  };
  return runOver(update, items, settingsOf('updateMany', options));
}

/**
 * Delete a persona for each item. One that is not there is a failed item, unless an earlier try of this item may have deleted it.
 *
 * @throws {PersonaValidationError} for an impossible option, at once. Bad ids fail alone.
 * @example
 * ```ts
 * await deleteMany(client, client.personas.iterate()).finish(); // all there are
 * ```
 */
export function deleteMany(client: Client, items: Items<DeleteItem>, options: RunOptions = {}): DeleteRun {
  const idOf = (item: Delete): number => (typeof item === 'object' ? item?.id : item);
  const remove: Operation<Delete, void> = {
    name: 'delete',
    lane: (item) => String(idOf(item)),
    send: async (item, how) => ({
      id: idOf(item),
      at: 0,
      value: await client.personas.delete(idOf(item), how),
    }),
    idempotent: true,
    already: (item, code) => (code === 'not_found' ? { id: idOf(item), at: 0, value: undefined } : undefined),
    baseline: NO_BASELINE,
  };
  return runOver(remove, items, settingsOf('deleteMany', options));
}

const NO_BASELINE = async () => ({ since: 0, before: [] });
