import { type Answer, jsonAnswer } from '../../exchange.js';
import { CATEGORIES, type Category, type StoredPersona } from '../../store/types.js';
import { naiveTimestamp } from '../../timestamps.js';
import { withNulls } from '../demographic.js';
import { type DialectRules, type ErrorShapes, integerOf } from '../types.js';
import { COLUMNS, readCategory, readDraft, readPatch } from './validate.js';

const DEFAULT_PER_PAGE = 20;
const MAX_PER_PAGE = 100;

const error = (status: number, message: string): Answer =>
  jsonAnswer(status, { message, status_code: status });

const errors: ErrorShapes = {
  error,
  routeMissing: () => error(404, 'Not found'),
  personaMissing: (id) => error(404, `Persona with ID ${id} not found`),
};

/** Fixed columns: the category's own id, and `null` for what is not set. */
function columnsOf(persona: StoredPersona, category: Category): object | null {
  const row = persona.categories[category];
  if (row === undefined) return null;
  return { id: row.id, persona_id: persona.id, ...withNulls(COLUMNS[category].keys(), row.fields) };
}

/** The service that the guide describes. */
export const subresource: DialectRules = {
  dialect: 'subresource',
  health: { status: 'ok', version: '1.0.0' },
  errors,
  updateMethods: ['PUT'],
  categoryPath: '/api/v1/personas/{id}/{category}',
  endpointCategories: CATEGORIES,
  paging: (query) => {
    const perPage = integerOf(query, 'per_page', DEFAULT_PER_PAGE);
    return {
      page: Math.max(1, integerOf(query, 'page', 1)),
      perPage: perPage < 1 || perPage > MAX_PER_PAGE ? DEFAULT_PER_PAGE : perPage,
    };
  },
  pageExtras: () => ({}),
  renderPersona: (persona) => ({
    id: persona.id,
    name: persona.name,
    created_at: naiveTimestamp(persona.createdAt),
    updated_at: naiveTimestamp(persona.updatedAt),
    ...Object.fromEntries(CATEGORIES.map((category) => [category, columnsOf(persona, category)])),
  }),
  renderCategory: (persona, category) => columnsOf(persona, category) ?? {},
  readDraft,
  readPatch,
  readCategory,
  deletedMessage: (id) => `Persona with ID ${id} deleted successfully`,
};
