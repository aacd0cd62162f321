import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError } from 'commander';
import type { FieldConfig, Persona, PersonaCreate, PersonaUpdate } from '../../index.js';
import { type ServiceFlags, wholeNumber, withClient, withService } from '../connect.js';
import { BadInput } from '../exit-codes.js';
import { answer, note, outline, table } from '../terminal.js';

const personaId = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const personaIds = (given: string, others: readonly number[] = []) => [...others, personaId(given)];

interface ListFlags extends ServiceFlags {
  readonly page: number;
  readonly perPage: number;
}

interface WriteFlags extends ServiceFlags {
  readonly name?: string;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** `persona-client list`, `get`, `create`, `update` and `delete`. */
export function addPersonas(program: Command): void {
  withService(program.command('list'))
    .description('list personas, the ones updated last first')
    .option('--page <number>', 'which page', wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--per-page <number>', 'personas on a page', wholeNumber(1, 1_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client list --per-page 50\n  $ persona-client list --json | jq .items[].id',
    )
    .action(list);

  withService(program.command('get'))
    .argument('<id>', 'of the persona', personaId)
    .description('show a persona')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client get 1\n  $ persona-client get 1 --json | jq .demographic',
    )
    .action((id: number, flags: ServiceFlags) =>
      withClient(flags, async (client) => {
        const persona = await client.personas.get(id);
        await answer(flags.json, persona, () => described(persona));
      }),
    );

  writing(withService(program.command('create')).description('create a persona'))
    .addHelpText(
      'after',
      `${SETTING}\n\nExamples:\n  $ persona-client create --name Ada --set demographic.country=UK --set 'psychographic.interests=chess;maths'\n  $ persona-client create --data @ada.json`,
    )
    .action((flags: WriteFlags) =>
      withClient(flags, async (client) => {
        const data = await dataOf(flags, () => client.fieldConfig.get());
        const created = await client.personas.create(data as PersonaCreate);
        await answer(flags.json, created, () => described(created));
      }),
    );

  writing(withService(program.command('update')).argument('<id>', 'of the persona', personaId))
    .description('change a persona; what is left out stays')
    .addHelpText(
      'after',
      `${SETTING}\n\nExamples:\n  $ persona-client update 1 --name 'Ada Lovelace'\n  $ persona-client update 1 --set demographic.age=36`,
    )
    .action((id: number, flags: WriteFlags) =>
      withClient(flags, async (client) => {
        const data = await dataOf(flags, () => client.fieldConfig.get());
        const updated = await client.personas.update(id, data);
        await answer(flags.json, updated, () => described(updated));
      }),
    );

  withService(program.command('delete'))
    .argument('<ids...>', 'of the personas', personaIds)
    .description('delete personas; see "erase" to have it proved')
    .addHelpText('after', '\nExamples:\n  $ persona-client delete 1\n  $ persona-client delete 1 2 3')
    .action((ids: readonly number[], flags: ServiceFlags) =>
      withClient(flags, async (client) => {
        for (const id of ids) await client.personas.delete(id);
        await answer(flags.json, { deleted: ids }, () => `Deleted ${ids.join(', ')}`);
      }),
    );
}

const SETTING = `
Values are text; numbers, lists and objects as JSON; a list also with ";" between its entries.`;

const writing = (command: Command): Command =>
  command
    .option('--name <name>', 'the name')
    .option('--set <field=value>', 'a field, such as demographic.city=Oslo; may be repeated', assignment)
    .option('--data <json>', 'fields as JSON; @file reads a file, - standard input');

function assignment(given: string, others: readonly string[] = []): readonly string[] {
  if (!/^(?:demographic|psychographic|behavioral|contextual)\.[^=]+=/.test(given))
    throw new InvalidArgumentError('Give a field and its value, as in demographic.city=Oslo.');
  return [...others, given];
}

async function dataOf(
  { name, set = [], data }: WriteFlags,
  config: () => Promise<FieldConfig>,
): Promise<PersonaUpdate> {
  const given = data === undefined ? {} : parsed(await textOf(data));
  if (name === undefined && set.length === 0 && data === undefined)
    throw new BadInput('Nothing was given: use --name, --set or --data.');
  const { kindOf, valueIn } = await import('../rows/cell.js');
  const known = set.length > 0 ? await config() : {};
  const result = new Map<string, unknown>(Object.entries(given));
  if (name !== undefined) result.set('name', name);
  for (const one of set) {
    const [, category = '', field = '', cell = ''] = /^(\w+)\.([^=]+)=(.*)$/s.exec(one) ?? [];
    const value = valueIn(cell, kindOf(known, category, field)) ?? '';
    result.set(
      category,
      Object.fromEntries([...Object.entries(Object(result.get(category))), [field, value]]),
    );
  }
  return Object.fromEntries(result);
}

function parsed(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {}
  throw new BadInput('--data must be a JSON object with the fields of a persona.');
}

async function textOf(data: string): Promise<string> {
  if (data !== '-' && !data.startsWith('@')) return data;
  try {
    return data === '-' ? await text(process.stdin) : await readFile(data.slice(1), 'utf8');
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
}

async function list({ page, perPage, json, ...flags }: ListFlags): Promise<void> {
  const found = await withClient(flags, (client) => client.personas.list({ page, perPage }));
  const { items, total, pages } = found;
  await answer(json, { items, total, page: found.page, perPage: found.perPage, pages }, () =>
    table([
      ['ID', 'NAME', 'COUNTRY', 'CITY', 'UPDATED'],
      ...items.map(({ id, name, demographic, updated_at }) => [
        String(id),
        name,
        demographic?.country ?? '',
        demographic?.city ?? '',
        updated_at.slice(0, 19).replace('T', ' '),
      ]),
    ]),
  );
  if (!json) note(`Page ${found.page} of ${pages}, ${total.toLocaleString('en-US')} personas in all.`);
}

/** Without the keys of the service's rows, which some services show inside a category (wire contract). */
function described(persona: Persona): string {
  const parts = Object.entries(persona).map(([name, part]) => {
    if (typeof part !== 'object' || part === null || !('persona_id' in part)) return [name, part];
    const { id: _id, persona_id: _persona, ...fields } = part;
    return [name, fields];
  });
  return outline(Object.fromEntries(parts));
}
