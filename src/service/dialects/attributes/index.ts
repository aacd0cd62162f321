import { type Answer, htmlAnswer, jsonAnswer } from '../../exchange.js';
import { ATTRIBUTE_CATEGORIES, type FieldConfig } from '../../field-config.js';
import type { StoredPersona } from '../../store/types.js';
import { naiveTimestamp } from '../../timestamps.js';
import { DEMOGRAPHIC_COLUMNS, withNulls } from '../demographic.js';
import { type DialectRules, type ErrorShapes, integerOf } from '../types.js';
import { createReader } from './validate.js';

const error = (status: number, message: string): Answer => jsonAnswer(status, { error: message });

const errors: ErrorShapes = {
  error,
  routeMissing: () =>
    htmlAnswer(
      404,
      'Not Found',
      'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
    ),
  personaMissing: () => error(404, 'Persona not found'),
};

function renderPersona(persona: StoredPersona): object {
  const { demographic } = persona.categories;
  const columns = Object.keys(DEMOGRAPHIC_COLUMNS);
  return {
    id: persona.id,
    name: persona.name,
    created_at: naiveTimestamp(persona.createdAt),
    updated_at: naiveTimestamp(persona.updatedAt),
    ...(demographic && {
      demographic: { id: demographic.id, persona_id: persona.id, ...withNulls(columns, demographic.fields) },
    }),
    ...Object.fromEntries(
      ATTRIBUTE_CATEGORIES.flatMap((category) => {
        const row = persona.categories[category];
        return row === undefined ? [] : [[category, row.fields]];
      }),
    ),
  };
}

/** The newer service: free-form categories, checked against the field-config of the deployment. */
export const attributes = (config: FieldConfig): DialectRules => ({
  dialect: 'attributes',
  health: { status: 'healthy' },
  errors,
  updateMethods: ['PUT', 'PATCH'],
  categoryPath: '/api/v1/personas/{id}/attributes/{category}',
  endpointCategories: ATTRIBUTE_CATEGORIES,
  paging: (query) => {
    const perPage = integerOf(query, 'per_page', 20);
    if (perPage === 0) throw new Error('integer division or modulo by zero');
    if (perPage < 0)
      throw new Error('(psycopg2.errors.InvalidRowCountInLimitClause) LIMIT must not be negative');
    return { page: Math.max(1, integerOf(query, 'page', 1)), perPage };
  },
  pageExtras: (total, { perPage }) => ({ pages: Math.ceil(total / perPage) }),
  renderPersona,
  renderCategory: (persona, category) => persona.categories[category]?.fields ?? {},
  ...createReader(config),
  deletedMessage: () => 'Persona deleted successfully',
});
