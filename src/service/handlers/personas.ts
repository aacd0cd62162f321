import { type DialectRules, HttpError } from '../dialects/types.js';
import { jsonResponse } from '../http.js';
import { CATEGORIES, type Category, type PersonaStore, type StoredPersona } from '../store/types.js';
import type { RouteContext, RouteHandler } from './types.js';

/** Creates the handlers of personas and their categories, for either dialect. */
export function createPersonaHandlers(store: PersonaStore, rules: DialectRules) {
  const getPersonaId = (context: RouteContext): number => Number(context.params.id);

  function requirePersona(context: RouteContext, persona: StoredPersona | undefined): StoredPersona {
    if (persona === undefined) throw new HttpError(rules.errors.personaNotFound(context.params.id ?? ''));
    return persona;
  }

  function requireCategory(context: RouteContext): Category {
    const category = CATEGORIES.find((name) => name === context.params.category);
    if (category === undefined) throw new HttpError(rules.errors.routeNotFound());
    return category;
  }

  const list: RouteHandler = async ({ query }) => {
    const paging = rules.readPaging(query);
    const { page, perPage } = paging;
    const offset = Math.min((page - 1) * perPage, Number.MAX_SAFE_INTEGER);
    const { personas, total } = await store.list({ offset, limit: perPage });
    return jsonResponse(200, {
      personas: personas.map(rules.renderPersona),
      total,
      page,
      per_page: perPage,
      ...rules.extraPageProperties(total, paging),
    });
  };

  const get: RouteHandler = async (context) =>
    jsonResponse(200, rules.renderPersona(requirePersona(context, await store.get(getPersonaId(context)))));

  const create: RouteHandler = async (context) =>
    jsonResponse(201, rules.renderPersona(await store.create(rules.readDraft(context.json()))));

  const update: RouteHandler = async (context) => {
    requirePersona(context, await store.get(getPersonaId(context)));
    const updated = await store.update(getPersonaId(context), rules.readPatch(context.json()));
    return jsonResponse(200, rules.renderPersona(requirePersona(context, updated)));
  };

  const remove: RouteHandler = async (context) => {
    if (!(await store.delete(getPersonaId(context)))) requirePersona(context, undefined);
    return jsonResponse(200, { message: rules.deletionMessage(getPersonaId(context)) });
  };

  const getCategory: RouteHandler = async (context) => {
    const persona = requirePersona(context, await store.get(getPersonaId(context)));
    return jsonResponse(200, rules.renderCategory(persona, requireCategory(context)));
  };

  const updateCategory: RouteHandler = async (context) => {
    const category = requireCategory(context);
    requirePersona(context, await store.get(getPersonaId(context)));
    const categories = { [category]: rules.readCategory(category, context.json()) };
    const updated = requirePersona(context, await store.update(getPersonaId(context), { categories }));
    return jsonResponse(200, rules.renderCategory(updated, category));
  };

  return { list, get, create, update, remove, getCategory, updateCategory };
}
