/** The `attributes` dialect, and the `in-between` kind, which differs in two responses. */
import { ATTRIBUTE_CATEGORIES, type FieldConfig } from '../../field-config.js';
import { htmlErrorPage, jsonResponse, type ServiceResponse } from '../../http.js';
import type { StoredPersona } from '../../store/types.js';
import { formatTimestamp } from '../../timestamps.js';
import { DEMOGRAPHIC_COLUMNS, renderFields } from '../columns.js';
import { countPages, readLenientPaging } from '../paging.js';
import { SUBRESOURCE_ERRORS } from '../subresource/index.js';
import { type DialectRules, type ErrorResponses, HttpError } from '../types.js';
import { createBodyReaders } from './validate.js';

const createErrorResponse = (status: number, message: string): ServiceResponse =>
  jsonResponse(status, { error: message });

/** The error responses. A failure has the text of its cause. */
const errors: ErrorResponses = {
  create: createErrorResponse,
  routeNotFound: () =>
    htmlErrorPage(
      404,
      'Not Found',
      'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
    ),
  personaNotFound: () => createErrorResponse(404, 'Persona not found'),
  noData: () => createErrorResponse(400, 'No data provided'),
  failure: (error) => createErrorResponse(500, error instanceof Error ? error.message : String(error)),
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
  health: () => ({ status: 'ok', version: '1.0.0' }),
  errors,
  updateMethods: ['PUT', 'PATCH'],
  categoryPath: '/api/v1/personas/{id}/attributes/{category}',
  routedCategories: undefined,
  hasFieldConfig: true,
  readPaging: readLenientPaging,
  extraPageProperties: (total, paging) => ({ pages: countPages(total, paging) }),
  renderPersona,
  renderCategory: (persona, category) => persona.categories[category]?.fields ?? {},
  findCategory: (name) => {
    const category = ATTRIBUTE_CATEGORIES.find((candidate) => candidate === name);
    if (category === undefined) throw new HttpError(createErrorResponse(400, `Invalid category: ${name}`));
    return category;
  },
  ...createBodyReaders(config),
  deletionMessage: (id) => `Persona ${id} deleted successfully`,
});

/** Creates the rules of the `in-between` kind: those of `attributes`, except for `/health` and unknown routes. */
export const createInBetweenRules = (config: FieldConfig): DialectRules => ({
  ...createAttributesRules(config),
  health: (nowMs) => ({
    status: 'healthy',
    database: 'connected',
    timestamp: formatTimestamp(Math.round(nowMs * 1000)),
  }),
  errors: { ...errors, routeNotFound: SUBRESOURCE_ERRORS.routeNotFound },
});
