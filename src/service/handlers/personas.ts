import { type DialectRules, Refusal } from '../dialects/types.js';
import { jsonAnswer } from '../exchange.js';
import { CATEGORIES, type Category, type PersonaStore, type StoredPersona } from '../store/types.js';
import type { Call, Handler } from './types.js';

/** The resource `personas` and its categories, for either dialect. */
export function personaHandlers(store: PersonaStore, rules: DialectRules) {
  const idOf = (call: Call): number => Number(call.params.id);

  function found(call: Call, persona: StoredPersona | undefined): StoredPersona {
    if (persona === undefined) throw new Refusal(rules.errors.personaMissing(call.params.id ?? ''));
    return persona;
  }

  function categoryOf(call: Call): Category {
    const category = CATEGORIES.find((name) => name === call.params.category);
    if (category === undefined) throw new Refusal(rules.errors.routeMissing());
    return category;
  }

  const list: Handler = async ({ query }) => {
    const paging = rules.paging(query);
    const { page, perPage } = paging;
    const offset = Math.min((page - 1) * perPage, Number.MAX_SAFE_INTEGER);
    const { personas, total } = await store.list({ offset, limit: perPage });
    return jsonAnswer(200, {
      personas: personas.map(rules.renderPersona),
      total,
      page,
      per_page: perPage,
      ...rules.pageExtras(total, paging),
    });
  };

  const get: Handler = async (call) =>
    jsonAnswer(200, rules.renderPersona(found(call, await store.get(idOf(call)))));

  const create: Handler = async (call) =>
    jsonAnswer(201, rules.renderPersona(await store.create(rules.readDraft(call.json()))));

  const update: Handler = async (call) => {
    found(call, await store.get(idOf(call)));
    const updated = await store.update(idOf(call), rules.readPatch(call.json()));
    return jsonAnswer(200, rules.renderPersona(found(call, updated)));
  };

  const remove: Handler = async (call) => {
    if (!(await store.delete(idOf(call)))) found(call, undefined);
    return jsonAnswer(200, { message: rules.deletedMessage(idOf(call)) });
  };

  const getCategory: Handler = async (call) =>
    jsonAnswer(200, rules.renderCategory(found(call, await store.get(idOf(call))), categoryOf(call)));

  const updateCategory: Handler = async (call) => {
    const category = categoryOf(call);
    found(call, await store.get(idOf(call)));
    const categories = { [category]: rules.readCategory(category, call.json()) };
    const updated = found(call, await store.update(idOf(call), { categories }));
    return jsonAnswer(200, rules.renderCategory(updated, category));
  };

  return { list, get, create, update, remove, getCategory, updateCategory };
}
