import { requireSqliteInteger } from '../dialects/columns.js';
import { toRange } from '../dialects/paging.js';
import { type DialectRules, HttpError } from '../dialects/types.js';
import { jsonResponse } from '../http.js';
import type { JsonValue } from '../json/parse.js';
import { isFalsy } from '../python.js';
import type { PersonaStore, StoredPersona } from '../store/types.js';
import type { RouteContext, RouteHandler } from './types.js';

/**
 * Creates the handlers of personas and their categories.
 *
 * Like real services, they check the body, then the category, then the content, and then whether the persona exists.
 */
export function createPersonaHandlers(store: PersonaStore, rules: DialectRules) {
  const findById = (id: bigint) => {
    requireSqliteInteger(id);
    return id > Number.MAX_SAFE_INTEGER ? undefined : store.get(Number(id));
  };

  async function requirePersona({ id }: RouteContext): Promise<StoredPersona> {
    return (await findById(id)) ?? failWithMissing(id);
  }

  function failWithMissing(id: bigint): never {
    throw new HttpError(rules.errors.personaNotFound(id));
  }

  function requireData(context: RouteContext): JsonValue {
    const body = context.json();
    if (isFalsy(body)) throw new HttpError(rules.errors.noData());
    return body;
  }

  /** Renders a row of a list. Leaves out a row that the service cannot turn into JSON. */
  function renderRow(persona: StoredPersona): object[] {
    try {
      return [rules.renderPersona(persona, 'list')];
    } catch {
      return [];
    }
  }

  const list: RouteHandler = async ({ query }) => {
    const paging = rules.readPaging(query);
    const { personas, total } = await store.list(toRange(paging));
    return jsonResponse(200, {
      personas: personas.flatMap(renderRow),
      total,
      page: paging.page,
      per_page: paging.perPage,
      ...rules.extraPageProperties(total, paging),
    });
  };

  const get: RouteHandler = async (context) =>
    jsonResponse(200, rules.renderPersona(await requirePersona(context), 'get'));

  const create: RouteHandler = async (context) => {
    const toDraft = rules.readDraft(requireData(context));
    return jsonResponse(201, rules.renderPersona(await store.create(toDraft()), 'write'));
  };

  const update: RouteHandler = async (context) => {
    const toPatch = rules.readPatch(requireData(context));
    const { id } = await requirePersona(context);
    const updated = (await store.update(id, toPatch())) ?? failWithMissing(context.id);
    return jsonResponse(200, rules.renderPersona(updated, 'write'));
  };

  const remove: RouteHandler = async (context) => {
    const { id } = await requirePersona(context);
    if (!(await store.delete(id))) failWithMissing(context.id);
    return jsonResponse(200, { message: rules.deletionMessage(id) });
  };

  const getCategory: RouteHandler = async (context) => {
    const category = rules.findCategory(context.category);
    return jsonResponse(200, rules.renderCategory(await requirePersona(context), category, 'get'));
  };

  const updateCategory: RouteHandler = async (context) => {
    const body = requireData(context);
    const category = rules.findCategory(context.category);
    const toFields = rules.readCategory(category, body);
    const { id } = await requirePersona(context);
    const patch = { categories: { [category]: toFields() } };
    const updated = (await store.update(id, patch)) ?? failWithMissing(context.id);
    return jsonResponse(200, rules.renderCategory(updated, category, 'write'));
  };

  return { list, get, create, update, remove, getCategory, updateCategory };
}
