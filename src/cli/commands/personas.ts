import type { Command } from 'commander';
import { omitRowKeys } from '../../core/row-keys.js';
import { escapeControls } from '../../core/safe-text.js';
import type { Persona, PersonaClient, PersonaCreate, PersonaUpdate } from '../../index.js';
import { collectPersonaIds, createIntegerParser, parsePersonaId } from '../arguments.js';
import { withClient } from '../client.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatItems, formatOutline, printResult, printToStderr } from '../output.js';
import { collectAssignments, type PersonaInput, readPersonaInput } from '../persona-input.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';
import { formatTable } from '../table.js';

interface ListOptions extends ServiceOptions {
  readonly page: number;
  readonly perPage: number;
}

interface WriteOptions extends ServiceOptions, PersonaInput {}

const VALUES_HELP = `
Values are text. Write numbers, lists and objects as JSON. A list may also be text with ";" between the entries. A number
field takes any decimal notation, such as 36, 36.0 or 3.6e1.`;

/** Adds `persona-client list`, `get`, `create`, `update` and `delete`. */
export function addPersonaCommands(program: Command): void {
  addServiceOptions(program.command('list'))
    .description('list personas, most recently updated first')
    .option('--page <number>', 'page number', createIntegerParser(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--per-page <number>', 'personas per page', createIntegerParser(1, 1_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client list --per-page 50\n  $ persona-client list --json | jq .items[].id',
    )
    .action(list);

  addServiceOptions(program.command('get'))
    .argument('<id>', 'persona id', parsePersonaId)
    .description('show a persona')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client get 1\n  $ persona-client get 1 --json | jq .demographic',
    )
    .action((id: number, options: ServiceOptions) =>
      printPersona(options, (client) => client.personas.get(id)),
    );

  addWriteOptions(addServiceOptions(program.command('create')).description('create a persona'))
    .addHelpText(
      'after',
      `${VALUES_HELP}\n\nExamples:\n  $ persona-client create --name Ada --set demographic.country=UK --set 'psychographic.interests=chess;maths'\n  $ persona-client create --data @ada.json`,
    )
    .action((options: WriteOptions) =>
      printPersona(options, async (client) =>
        client.personas.create((await readData(options, client)) as PersonaCreate),
      ),
    );

  addWriteOptions(addServiceOptions(program.command('update')).argument('<id>', 'persona id', parsePersonaId))
    .description('update a persona; omitted fields keep their values')
    .addHelpText(
      'after',
      `${VALUES_HELP}\n\nExamples:\n  $ persona-client update 1 --name 'Ada Lovelace'\n  $ persona-client update 1 --set demographic.age=36`,
    )
    .action((id: number, options: WriteOptions) =>
      printPersona(options, async (client) => client.personas.update(id, await readData(options, client))),
    );

  addServiceOptions(program.command('delete'))
    .argument('<ids...>', 'persona ids', collectPersonaIds)
    .description('delete personas, and list what happened to each; "erase" also verifies the deletion')
    .addHelpText('after', '\nExamples:\n  $ persona-client delete 1\n  $ persona-client delete 1 2 3')
    .action(deletePersonas);
}

const addWriteOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'name of the persona')
    .option(
      '--set <field=value>',
      'set a field, such as demographic.city=Oslo; can be repeated',
      collectAssignments,
    )
    .option('--data <json>', 'fields as a JSON object; @file reads a file, - reads standard input');

const readData = (options: WriteOptions, client: PersonaClient): Promise<PersonaUpdate> =>
  readPersonaInput(options, () => client.fieldConfig.get());

const printPersona = (
  options: ServiceOptions,
  call: (client: PersonaClient) => Promise<Persona>,
): Promise<void> =>
  withClient(options, async (client) => {
    const persona = await call(client);
    await printResult(options.json, persona, () => formatPersona(persona));
  });

/** Deletes each persona. With several ids, continues after an error and lists what happened to each id. */
async function deletePersonas(ids: readonly number[], { json, ...options }: ServiceOptions): Promise<void> {
  const { collectOutcomes, getExitCodeOfAll, runForEachId } = await import('../each-id.js');
  const { describeItemError, getErrorCode } = await import('../report-error.js');
  const { signal, dispose } = abortOnInterrupt();
  const outcomes = await withClient(options, (client) =>
    collectOutcomes(runForEachId(ids, (id) => client.personas.delete(id, { signal }))),
  ).finally(dispose);
  const errors = outcomes.filter((outcome) => 'error' in outcome);
  if (ids.length === 1 && errors[0]) throw errors[0].error;
  const missing = errors.filter(({ error }) => getErrorCode(error) === 'not_found').map(({ id }) => id);
  const failed = errors.filter(({ id }) => !missing.includes(id));
  const deleted = outcomes.filter((outcome) => 'result' in outcome).map(({ id }) => id);
  const notTried = ids.filter((id) => !outcomes.some((outcome) => outcome.id === id));
  const report = { deleted, missing, failed, ...(notTried.length > 0 && { notTried }) };
  await printResult(json, report, () =>
    [
      ...(deleted.length > 0 ? [`Deleted ${deleted.join(', ')}`] : ['Deleted none']),
      ...(missing.length > 0 ? [`Not found: ${missing.join(', ')}`] : []),
      ...failed.map(({ id, error }) => `Failed: ${id}: ${escapeControls(describeItemError(error))}`),
      ...(notTried.length > 0 ? [`Not tried: ${notTried.join(', ')}`] : []),
    ].join('\n'),
  );
  process.exitCode = getExitCodeOfAll(outcomes);
}

async function list({ page, perPage, json, ...options }: ListOptions): Promise<void> {
  const result = await withClient(options, (client) => client.personas.list({ page, perPage }));
  const { items, total, pages } = result;
  await printResult(json, { items, total, page: result.page, perPage: result.perPage, pages }, () =>
    formatTable(
      [
        ['ID', 'NAME', 'COUNTRY', 'CITY', 'UPDATED'],
        ...items.map(({ id, name, demographic, updated_at }) => [
          String(id),
          name,
          demographic?.country ?? '',
          demographic?.city ?? '',
          updated_at.slice(0, 19).replace('T', ' '),
        ]),
      ],
      process.stdout.columns,
    ),
  );
  if (!json) printToStderr(`Page ${result.page} of ${pages}, ${formatItems(total, 'persona')} in total.`);
}

/** Formats a persona without the row keys in its categories. */
function formatPersona(persona: Persona): string {
  const entries = Object.entries(persona).map(([name, value]) => [
    name,
    typeof value === 'object' && value !== null ? omitRowKeys(persona.id, value) : value,
  ]);
  return formatOutline(Object.fromEntries(entries));
}
