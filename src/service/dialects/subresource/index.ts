/** The `subresource` dialect: the published service with its faults, or the repaired one. */
import { jsonResponse, type ServiceResponse } from '../../http.js';
import { StoreError } from '../../store/store-error.js';
import { CATEGORIES, type Category, type StoredPersona } from '../../store/types.js';
import { formatTimestamp } from '../../timestamps.js';
import { readStrictPaging } from '../paging.js';
import { type DialectRules, type ErrorResponses, HttpError, type RequestKind } from '../types.js';
import { COLUMNS, type FieldType } from './fields.js';
import { NULL_TEXT, renderPublishedList, renderPublishedMap } from './published.js';
import { createBodyReaders } from './validate.js';

const createErrorResponse = (status: number, message: string): ServiceResponse =>
  jsonResponse(status, { message, status_code: status });

/** The error responses. A failure has a fixed text, with the cause only if the local database fails. */
export const SUBRESOURCE_ERRORS: ErrorResponses = {
  create: createErrorResponse,
  routeNotFound: () => createErrorResponse(404, 'Not found'),
  personaNotFound: (id) => createErrorResponse(404, `Persona with ID ${id} not found`),
  noData: () => createErrorResponse(400, 'No input data provided'),
  failure: (error, action) => {
    const text = action === undefined ? 'Internal server error' : `Failed to ${action}`;
    return createErrorResponse(500, error instanceof StoreError ? `${text}: ${error.message}` : text);
  },
};

type RenderColumn = (type: FieldType, value: unknown, kind: RequestKind) => unknown;

/** Also reads what the published service has stored, because a deployment may have been repaired since. */
const renderRepairedColumn: RenderColumn = (type, value) =>
  (type === 'list' || type === 'dict') && value === NULL_TEXT ? null : value;

const renderPublishedColumn: RenderColumn = (type, value, kind) => {
  if (type === 'list') return renderPublishedList(value, kind);
  return type === 'dict' ? renderPublishedMap(value) : value;
};

/** Creates the rules of the service that the integration guide describes. */
export function createSubresourceRules(published: boolean): DialectRules {
  const renderColumn = published ? renderPublishedColumn : renderRepairedColumn;

  /** Renders all columns of a category, with `null` for a column that is not set. */
  function renderColumns(persona: StoredPersona, category: Category, kind: RequestKind): object | null {
    const row = persona.categories[category];
    if (row === undefined) return null;
    const columns = [...COLUMNS[category]].map(([name, type]) => [
      name,
      renderColumn(type, row.fields[name] ?? null, kind),
    ]);
    return { id: row.id, persona_id: persona.id, ...Object.fromEntries(columns) };
  }

  return {
    health: () => ({ status: 'healthy' }),
    errors: SUBRESOURCE_ERRORS,
    updateMethods: ['PUT'],
    categoryPath: '/api/v1/personas/{id}/{category}',
    routedCategories: CATEGORIES,
    hasFieldConfig: false,
    readPaging: readStrictPaging,
    extraPageProperties: () => ({}),
    renderPersona: (persona, kind) => ({
      id: persona.id,
      name: persona.name,
      created_at: formatTimestamp(persona.createdAt),
      updated_at: formatTimestamp(persona.updatedAt),
      ...Object.fromEntries(CATEGORIES.map((category) => [category, renderColumns(persona, category, kind)])),
    }),
    renderCategory: (persona, category, kind) => renderColumns(persona, category, kind) ?? {},
    findCategory: (name) => {
      const category = CATEGORIES.find((candidate) => candidate === name);
      if (category === undefined) throw new HttpError(SUBRESOURCE_ERRORS.routeNotFound());
      return category;
    },
    ...createBodyReaders(published),
    deletionMessage: (id) => `Persona with ID ${id} deleted successfully`,
  };
}
