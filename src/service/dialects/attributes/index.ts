/** The `attributes` dialect. */
import { ATTRIBUTE_CATEGORIES, type FieldConfig } from '../../field-config.js';
import { htmlErrorPage, jsonResponse, type ServiceResponse } from '../../http.js';
import type { StoredPersona } from '../../store/types.js';
import { formatTimestamp } from '../../timestamps.js';
import { DEMOGRAPHIC_COLUMNS, renderFields } from '../demographic.js';
import { type DialectRules, type ErrorResponses, readInteger } from '../types.js';
import { createBodyReaders } from './validate.js';

const createErrorResponse = (status: number, message: string): ServiceResponse =>
  jsonResponse(status, { error: message });

const errors: ErrorResponses = {
  create: createErrorResponse,
  routeNotFound: () =>
    htmlErrorPage(
      404,
      'Not Found',
      'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
    ),
  personaNotFound: () => createErrorResponse(404, 'Persona not found'),
};

function renderPersona(persona: StoredPersona): object {
  const { demographic } = persona.categories;
  const columns = Object.keys(DEMOGRAPHIC_COLUMNS);
  return {
    id: persona.id,
    name: persona.name,
    created_at: formatTimestamp(persona.createdAt),
    updated_at: formatTimestamp(persona.updatedAt),
    ...(demographic && {
      demographic: {
        id: demographic.id,
        persona_id: persona.id,
        ...renderFields(columns, demographic.fields),
      },
    }),
    ...Object.fromEntries(
      ATTRIBUTE_CATEGORIES.flatMap((category) => {
        const row = persona.categories[category];
        return row === undefined ? [] : [[category, row.fields]];
      }),
    ),
  };
}

/** Creates the rules of the newer service. The field configuration restricts its free-form categories. */
export const createAttributesRules = (config: FieldConfig): DialectRules => ({
  dialect: 'attributes',
  health: { status: 'healthy' },
  errors,
  updateMethods: ['PUT', 'PATCH'],
  categoryPath: '/api/v1/personas/{id}/attributes/{category}',
  endpointCategories: ATTRIBUTE_CATEGORIES,
  readPaging: (query) => {
    const perPage = readInteger(query, 'per_page', 20);
    if (perPage === 0) throw new Error('integer division or modulo by zero');
    if (perPage < 0)
      throw new Error('(psycopg2.errors.InvalidRowCountInLimitClause) LIMIT must not be negative');
    return { page: Math.max(1, readInteger(query, 'page', 1)), perPage };
  },
  extraPageProperties: (total, { perPage }) => ({ pages: Math.ceil(total / perPage) }),
  renderPersona,
  renderCategory: (persona, category) => persona.categories[category]?.fields ?? {},
  ...createBodyReaders(config),
  deletionMessage: () => 'Persona deleted successfully',
});
