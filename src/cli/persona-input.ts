import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import type { FieldConfig, PersonaUpdate } from '../index.js';
import { checkFiles } from './check-files.js';
import { InputError } from './errors.js';
import { CellError, type CellType, getCellType, parseCell } from './rows/cell.js';
import { decodeUtf8, toUtf8 } from './rows/encoding.js';
import { findInexactNumber, NestingError, parseExactJson } from './rows/exact-json.js';
import { toReadError } from './system-errors.js';

/** The options with the fields of a persona to create or update. */
export interface PersonaInput {
  readonly name?: string;
  /** Assignments such as `demographic.city=Oslo`. */
  readonly set?: readonly string[];
  /** A JSON object, `@file`, or `-` for standard input. */
  readonly data?: string;
}

/** Checks one `--set` option and adds it to the previous ones. */
export function collectAssignments(text: string, previous: readonly string[] = []): readonly string[] {
  if (!/^(?:demographic|psychographic|behavioral|contextual)\.[^=]+=/.test(text))
    throw new InvalidArgumentError('Expected a field and a value, such as demographic.city=Oslo.');
  return [...previous, text];
}

/**
 * Merges `--data`, `--name` and `--set`, in this order. `--set` needs the field config to parse values by type.
 *
 * @throws {InputError} if all three options are missing, if `--data` is not readable, not UTF-8 or UTF-16, or not a JSON
 * object, or if a number would lose digits.
 */
export async function readPersonaInput(
  { name, set = [], data }: PersonaInput,
  getFieldConfig: () => Promise<FieldConfig>,
): Promise<PersonaUpdate> {
  const fields = data === undefined ? {} : parseObject(await readDataOption(data));
  if (name === undefined && set.length === 0 && data === undefined)
    throw new InputError('There are no fields to write. Pass --name, --set or --data.');
  const config = set.length > 0 ? await getFieldConfig() : {};
  const result = new Map<string, unknown>(Object.entries(fields));
  if (name !== undefined) result.set('name', name);
  for (const assignment of set) {
    const [, category = '', field = '', cell = ''] = /^(\w+)\.([^=]+)=(.*)$/s.exec(assignment) ?? [];
    throwIfPart(config, category, field);
    const value = parseAssignment(`${category}.${field}`, cell, getCellType(config, category, field));
    const entries = Object.entries(Object(result.get(category)));
    result.set(category, Object.fromEntries([...entries, [field, value]]));
  }
  return Object.fromEntries(result);
}

/** Rejects a part of a known field, such as `device_usage.phone`: a service would store it as another field. */
function throwIfPart(config: FieldConfig, category: string, field: string): void {
  const names = (config[category]?.fields ?? []).map(({ name }) => name);
  const whole = names.find((name) => field.startsWith(`${name}.`));
  if (whole === undefined || names.includes(field)) return;
  throw new InputError(
    `--set ${category}.${field}: cannot set a part of ${whole}. Set the whole value, which replaces the stored one: ${category}.${whole}=<JSON>.`,
  );
}

function parseAssignment(field: string, cell: string, type: CellType): unknown {
  try {
    const value = parseCell(cell, type);
    return value === undefined ? '' : value; // not `null`, which would clear the field
  } catch (error) {
    throw error instanceof CellError ? new InputError(`--set ${field}: ${error.message}.`) : error;
  }
}

function parseObject(json: string): object {
  try {
    const value = parseExactJson(json);
    const problem = findInexactNumber(value);
    if (problem !== undefined) throw new InputError(`--data: ${problem}.`);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof NestingError) throw new InputError(`--data ${error.message}.`);
  }
  throw new InputError('--data must be a JSON object with the fields of a persona.');
}

/** Reads UTF-8 or UTF-16, with or without a byte order mark. */
async function readDataOption(data: string): Promise<string> {
  if (data !== '-' && !data.startsWith('@')) return data;
  const path = data === '-' ? data : data.slice(1);
  checkFiles([['input', path]], []);
  const decoded = decodeUtf8(await readBytes(path));
  if ('reason' in decoded) throw new InputError(`--data ${decoded.reason}.`);
  return decoded.text;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await buffer(toUtf8(path === '-' ? process.stdin : createReadStream(path)));
  } catch (error) {
    throw new InputError((toReadError(path, error) as Error).message);
  }
}
