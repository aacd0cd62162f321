/** The `subresource` dialect. */
import { jsonResponse, type ServiceResponse } from '../../http.js';
import { CATEGORIES, type Category, type StoredPersona } from '../../store/types.js';
import { formatTimestamp } from '../../timestamps.js';
import { renderFields } from '../demographic.js';
import { type DialectRules, type ErrorResponses, readInteger } from '../types.js';
import { COLUMNS, readCategory, readDraft, readPatch } from './validate.js';

const DEFAULT_PER_PAGE = 20;
const MAX_PER_PAGE = 100;

const createErrorResponse = (status: number, message: string): ServiceResponse =>
  jsonResponse(status, { message, status_code: status });

const errors: ErrorResponses = {
  create: createErrorResponse,
  routeNotFound: () => createErrorResponse(404, 'Not found'),
  personaNotFound: (id) => createErrorResponse(404, `Persona with ID ${id} not found`),
};

/** Renders all columns of a category, with `null` for a column that is not set. */
function renderColumns(persona: StoredPersona, category: Category): object | null {
  const row = persona.categories[category];
  if (row === undefined) return null;
  return { id: row.id, persona_id: persona.id, ...renderFields(COLUMNS[category].keys(), row.fields) };
}

/** The rules of the service that the integration guide describes. */
export const SUBRESOURCE_RULES: DialectRules = {
  dialect: 'subresource',
  health: { status: 'ok', version: '1.0.0' },
  errors,
  updateMethods: ['PUT'],
  categoryPath: '/api/v1/personas/{id}/{category}',
  endpointCategories: CATEGORIES,
  readPaging: (query) => {
    const perPage = readInteger(query, 'per_page', DEFAULT_PER_PAGE);
    return {
      page: Math.max(1, readInteger(query, 'page', 1)),
      perPage: perPage < 1 || perPage > MAX_PER_PAGE ? DEFAULT_PER_PAGE : perPage,
    };
  },
  extraPageProperties: () => ({}),
  renderPersona: (persona) => ({
    id: persona.id,
    name: persona.name,
    created_at: formatTimestamp(persona.createdAt),
    updated_at: formatTimestamp(persona.updatedAt),
    ...Object.fromEntries(CATEGORIES.map((category) => [category, renderColumns(persona, category)])),
  }),
  renderCategory: (persona, category) => renderColumns(persona, category) ?? {},
  readDraft,
  readPatch,
  readCategory,
  deletionMessage: (id) => `Persona with ID ${id} deleted successfully`,
};
