/** Repairs a response that breaks the contract: omits its invalid fields and its unusable rows, and reports them. */
import type { ZodMiniType } from 'zod/mini';
import type { Call } from '../../core/call.js';
import type { PersonaResponseError } from '../../core/errors/index.js';
import type { InvalidField } from '../../core/events.js';
import type { HttpResponse } from '../../core/response.js';
import type { safeParse } from '../../core/validate.js';
import type { PersonaListWire } from '../../schemas/persona.js';
import type { invalidFieldsError } from '../invalid-fields.js';
import { asExactJson, MAX_INEXACT_PARTS, parseInexactJson } from './parse-json.js';
import { PersonaRow } from './persona-row.js';
import { createRedefinitionCheck, type FieldDefinitionSources } from './redefined-fields.js';
import { type ReportContext, report } from './report.js';
import { CATEGORY_NAMES, isRecord } from './wire-data.js';

/** What a repair needs to know about the client and the caller. */
export interface RepairContext extends FieldDefinitionSources, ReportContext {
  readonly reads: 'lenient' | 'strict';
}

interface RepairRequest<Wire> extends RepairContext {
  readonly call: Call;
  readonly response: HttpResponse;
  readonly schema: ZodMiniType<Wire, unknown>;
  /** The body, if `JSON.parse` has lost nothing. The repair changes it. */
  readonly exactBody: unknown;
  readonly maxDepth: number;
  /** The client never requests more rows. A response with more unusable rows is not a persona list. */
  readonly maxRows: number;
  readonly mayContainPersonas: (wire: unknown) => boolean;
  /** Selects the data in the body. */
  readonly unwrap: (body: unknown) => unknown;
  /** Decodes the response without a repair. */
  readonly decodeStrictly: () => Wire;
  readonly safeParse: typeof safeParse;
  readonly invalidFieldsError: typeof invalidFieldsError;
}

interface Repaired<Wire> {
  readonly data: Wire;
  /** The fields that the data lacks, at most 20 of each persona. */
  readonly invalidFields: readonly InvalidField[];
}

/**
 * Decodes a response that the strict check rejects.
 *
 * @throws {PersonaResponseError} if the body has another error, or if no persona in the body is usable.
 */
export async function repair<Wire>({
  call,
  response,
  schema,
  exactBody,
  maxDepth,
  maxRows,
  mayContainPersonas,
  unwrap,
  decodeStrictly,
  safeParse,
  invalidFieldsError,
  ...context
}: RepairRequest<Wire>): Promise<Repaired<Wire>> {
  const json = exactBody === undefined ? parseInexactJson(response.text, maxDepth) : asExactJson(exactBody);
  if (json === 'tooInexact' && mayContainPersonas(unwrap(response.body))) {
    const rule = `must have at most ${MAX_INEXACT_PARTS} values that JavaScript cannot represent exactly`;
    throw invalidFieldsError(call, response.status, [{ path: [], rule, omitted: 'row' }]);
  }
  if (!json || json === 'tooInexact') return { data: decodeStrictly(), invalidFields: [] };
  const wire = unwrap(json.body);
  if (!mayContainPersonas(wire)) return { data: decodeStrictly(), invalidFields: [] };

  const list = isRecord(wire) && Array.isArray(wire.personas) ? wire : undefined;
  const values = list ? (list.personas as unknown[]) : [wire];
  const isRedefined = createRedefinitionCheck(context);
  const rows: PersonaRow[] = [];
  let unusableCount = 0;
  for (const value of values) {
    const row = new PersonaRow(call, json, value, findCategory(call));
    rows.push(row);
    row.omitInexactFields();
    const parsed = safeParse(schema, list ? { personas: [value] } : wire);
    for (const { path, message } of 'issues' in parsed ? parsed.issues : []) {
      if (list && path[0] !== 'personas') continue; // the last check below reports problems of the page
      await row.omitField(path.slice(list ? 2 : 0).map(String), message, isRedefined);
    }
    if (!row.isUsable && ++unusableCount > maxRows) return { data: decodeStrictly(), invalidFields: [] };
  }

  const usableRows = rows.filter(({ isUsable }) => isUsable);
  const invalidFields = rows.flatMap((row) => row.invalidFields);
  if (usableRows.length === 0)
    throw invalidFieldsError(
      call,
      response.status,
      invalidFields,
      list && context.reads === 'lenient'
        ? describePage(safeParse(schema, { ...list, personas: [] }))
        : undefined,
    );
  if (list) list.personas = values.filter((_, index) => rows[index]?.isUsable);
  const repaired = safeParse(schema, wire);
  if ('issues' in repaired) return { data: decodeStrictly(), invalidFields: [] };
  for (const row of usableRows) row.restoreRedefinedFields();
  return { data: repaired.value, invalidFields: report(call, invalidFields, context) };
}

/** Describes a page without its rows. Returns undefined if the page itself is invalid. */
function describePage(emptyList: ReturnType<typeof safeParse>): PersonaResponseError['page'] {
  if ('issues' in emptyList) return undefined;
  const { page, per_page: perPage, total } = emptyList.value as PersonaListWire;
  return { page, perPage, total };
}

/** Returns the category that the call reads or writes. `undefined` if the call returns whole personas. */
function findCategory({ name }: Call): string | undefined {
  const [resource] = name.split('.');
  return CATEGORY_NAMES.find((category) => category === resource);
}
