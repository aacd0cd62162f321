/** Repairs a response that breaks the contract: omits its invalid fields and its unusable rows, and reports them. */
import type { ZodMiniType } from 'zod/mini';
import type { Call } from '../../core/call.js';
import type { PersonaResponseError } from '../../core/errors/index.js';
import type { InvalidField } from '../../core/events.js';
import type { HttpResponse } from '../../core/response.js';
import type { safeParse } from '../../core/validate.js';
import type { PersonaListWire } from '../../schemas/persona.js';
import type { invalidFieldsError } from '../invalid-fields.js';
import { type ParsedJson, parseInexactJson } from './parse-json.js';
import { PersonaRow } from './persona-row.js';
import { type FieldDefinitionSources, isRedefined } from './redefined-fields.js';
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
  readonly maxDepth: number;
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
  maxDepth,
  unwrap,
  decodeStrictly,
  safeParse,
  invalidFieldsError,
  ...context
}: RepairRequest<Wire>): Promise<Repaired<Wire>> {
  const json = parseInexactJson(response.text, maxDepth);
  const wire = unwrap(json?.body);
  const list = isRecord(wire) && Array.isArray(wire.personas) ? wire : undefined;
  const rows = json ? findRows(call, json, wire) : [];
  if (!rows.some((row) => row.isPersonaData)) return { data: decodeStrictly(), invalidFields: [] };

  for (const row of rows) row.omitInexactFields();
  const parsed = safeParse(schema, wire);
  for (const { path, message } of 'issues' in parsed ? parsed.issues : []) {
    const row = list ? rows[Number(path[1])] : rows[0];
    await row?.omitField(path.slice(list ? 2 : 0).map(String), message, (...field) =>
      isRedefined(context, ...field),
    );
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
  if (list) list.personas = (list.personas as unknown[]).filter((_, index) => rows[index]?.isUsable);
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

/** Finds the personas in the data: the rows of a list, a single persona, or one category of a persona. */
function findRows(call: Call, json: ParsedJson, wire: unknown): PersonaRow[] {
  const personas: unknown = isRecord(wire) ? wire.personas : undefined;
  if (Array.isArray(personas)) return personas.map((value) => new PersonaRow(call, json, value));
  const [resource] = call.name.split('.');
  const category = CATEGORY_NAMES.find((name) => name === resource);
  return category || resource === 'personas' ? [new PersonaRow(call, json, wire, category)] : [];
}
