import { findCreated } from '../endpoints/personas/created-search.js';
import { findClosestMatch } from '../endpoints/personas/match-created.js';
import {
  type Persona,
  PersonaConflictError,
  type PersonaCreate,
  type PersonaUpdate,
  type UpdateOptions,
} from '../index.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';
import { createRun } from './create-run.js';
import { CreatedPoller } from './created-poller.js';
import { toEpochMs } from './journal/index.js';
import {
  type AnyBulkClient,
  type BulkClient,
  type BulkOperation,
  readEmptyBaseline,
  type WriteResult,
} from './operation.js';
import { resolveRunOptions, throwIfInvalid } from './resolve-options.js';
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

type UpdateInput = {
  readonly id: number;
  readonly data: PersonaUpdate;
  readonly ifUnmodifiedSince?: string;
};
const UPDATE_ITEM_NAMES: readonly string[] = ['id', 'data', 'ifUnmodifiedSince'];
type DeleteInput = number | { readonly id: number };

/**
 * Creates one persona per item.
 *
 * The run reports an invalid item as failed, with its `issues`, and continues.
 *
 * @throws {PersonaValidationError} synchronously, if an option is unknown or invalid.
 * @example
 * ```ts
 * const run = createMany(client, [{ name: 'Ada' }, { name: '' }]);
 * for await (const result of run) if (!result.ok) console.error(result.index, result.error.message);
 * console.log(run.summary.succeeded);
 * ```
 */
export function createMany<Client extends AnyBulkClient>(
  client: Client,
  items: Items<CreateItem<Client>>,
  options: CreateManyOptions = {},
): CreateRun<Client> {
  return startCreates(client as BulkClient, items as Items<CreateItem>, options) as CreateRun<Client>; // adds the client's own types
}

function startCreates(client: BulkClient, items: Items<CreateItem>, options: CreateManyOptions): CreateRun {
  const resolved = resolveRunOptions('createMany', options);
  const poller = new CreatedPoller(client, resolved.signal);
  const toResult = (persona: Persona): WriteResult<Persona> => ({
    id: persona.id,
    appliedAt: toEpochMs(persona.created_at),
    value: persona,
  });
  const shouldReconcile = resolved.onUnknownOutcome === 'reconcile';
  const create: BulkOperation<PersonaCreate, Persona> = {
    name: 'create',
    queueKey: (item) => (shouldReconcile ? String(item?.name) : undefined),
    send: async (item, requestOptions) => {
      const persona = await client.personas.create(item, requestOptions);
      const responseMismatch = shouldReconcile && !findClosestMatch([persona], item);
      return { ...toResult(persona), ...(responseMismatch && { responseMismatch }) };
    },
    idempotent: false,
    checkHealth: () => poller.listCreatedSince(Number.POSITIVE_INFINITY), // reads one page
    readBaseline: () => poller.readBaseline(),
    ...(shouldReconcile && {
      findApplied: async (item, sinceEpochMs, isTaken) => {
        const scan = await poller.listCreatedSince(sinceEpochMs);
        const finding = findCreated(scan, item, ({ id, created_at }) => isTaken(id, toEpochMs(created_at)));
        return finding.outcome === 'found' ? { ...finding, match: toResult(finding.match) } : finding;
      },
    }),
  };
  return createRun(client, create, items, resolved);
}

/**
 * Updates one persona per item. The run applies updates of the same persona in the order of the items.
 *
 * The run reports an invalid item as failed, with its `issues`, and continues.
 *
 * @throws {PersonaValidationError} synchronously, if an option is unknown or invalid.
 * @example
 * ```ts
 * await updateMany(client, [{ id: 1, data: { name: 'Renamed' } }]).finish();
 * ```
 */
export function updateMany<Client extends AnyBulkClient>(
  client: Client,
  items: Items<UpdateItem<Client>>,
  options: RunOptions = {},
): UpdateRun<Client> {
  return startUpdates(client as BulkClient, items as Items<UpdateItem>, options) as UpdateRun<Client>;
}

function startUpdates(client: BulkClient, items: Items<UpdateItem>, options: RunOptions): UpdateRun {
  const update: BulkOperation<UpdateInput, Persona> = {
    name: 'update',
    queueKey: (item) => String(item?.id),
    send: async (item, requestOptions) => {
      assertKnownNames(item);
      const value = await client.personas.update(item?.id, item?.data, {
        ...(requestOptions as UpdateOptions<Persona>),
        ...('ifUnmodifiedSince' in Object(item) && { ifUnmodifiedSince: item.ifUnmodifiedSince as string }),
      });
      return { id: item?.id, appliedAt: 0, value };
    },
    // An earlier attempt of the item, or of the run before a crash, has changed the persona.
    alreadyApplied: ({ id }, error) =>
      error instanceof PersonaConflictError && error.isApplied && error.stored
        ? { id, appliedAt: 0, value: error.stored }
        : undefined,
    idempotent: true,
    readBaseline: readEmptyBaseline,
  };
  return createRun(client, update, items, resolveRunOptions('updateMany', options));
}

/** @throws {PersonaValidationError} if an item of `updateMany` has a property that is not in `UPDATE_ITEM_NAMES`. */
function assertKnownNames(item: UpdateInput): void {
  const unknownNames = Object.keys(Object(item)).filter((name) => !UPDATE_ITEM_NAMES.includes(name));
  const toIssue = (name: string) => ({ path: [name], message: unknownNameMessage(name, UPDATE_ITEM_NAMES) });
  throwIfInvalid('updateMany', unknownNames.map(toIssue));
}

/**
 * Deletes one persona per item.
 *
 * An item fails if its persona does not exist, unless an earlier attempt of the same item may have deleted the persona. The run
 * reports an item with an invalid id as failed, and continues.
 *
 * @throws {PersonaValidationError} synchronously, if an option is unknown or invalid.
 * @example
 * ```ts
 * await deleteMany(client, client.personas.iterate()).finish(); // deletes every persona
 * ```
 */
export function deleteMany(
  client: AnyBulkClient,
  items: Items<DeleteItem>,
  options: RunOptions = {},
): DeleteRun {
  const personaId = (item: DeleteInput): number => (typeof item === 'object' ? item?.id : item);
  const remove: BulkOperation<DeleteInput, void> = {
    name: 'delete',
    queueKey: (item) => String(personaId(item)),
    send: async (item, requestOptions) => ({
      id: personaId(item),
      appliedAt: 0,
      value: await client.personas.delete(personaId(item), requestOptions),
    }),
    idempotent: true,
    alreadyApplied: (item, { code }) =>
      code === 'not_found' ? { id: personaId(item), appliedAt: 0, value: undefined } : undefined,
    readBaseline: readEmptyBaseline,
  };
  return createRun(client, remove, items, resolveRunOptions('deleteMany', options));
}
