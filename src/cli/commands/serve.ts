import { type Command, InvalidArgumentError, Option } from 'commander';
import type { HttpValidator } from '../../service/conditional-requests.js';
import type { Dialect } from '../../service/dialects/types.js';
import type { PersonaServiceOptions } from '../../service/options.js';
import { createIntegerParser, parseHttpPort, parseNames } from '../arguments.js';
import { InputError } from '../errors.js';
import { toListenError } from '../listen-errors.js';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly allowedHosts?: readonly string[];
  readonly dialect: Dialect;
  readonly published?: boolean;
  readonly auth?: true;
  readonly db?: string;
  readonly seed?: boolean | number;
  readonly cors?: readonly string[];
  readonly corsHeaders?: readonly string[];
  readonly validators?: HttpValidator;
  readonly openapi: boolean;
}

/** Rejects an empty path, for example from an unset variable in `--db "$DB"`: SQLite would open a temporary database. */
function parseFile(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected the path of a file.');
  return text;
}

const parseSeed = createIntegerParser(0, 1_000_000);

/** Adds `persona-client serve`, which runs the local service until SIGINT or SIGTERM. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run a complete local Persona Service')
    .option('--port <number>', 'port to listen on; 0 picks a free port', parseHttpPort, 5050)
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .option(
      '--allowed-hosts <names>',
      'additional host names of the service, separated by commas, such as the name of its container',
      parseNames,
    )
    .addOption(
      new Option('--dialect <name>', 'kind of service to imitate')
        .choices(['subresource', 'attributes', 'in-between'])
        .default('subresource'),
    )
    .option('--published', 'imitate the subresource service as published, with its faults')
    .option('--auth', 'require tokens; PERSONA_USERNAME and PERSONA_PASSWORD set the only user')
    .option('--db <file>', 'store personas in an SQLite file (default: in memory)', parseFile)
    .option(
      '--seed <number>',
      'number of personas to generate in an empty store, or "none" (default: five examples)',
      (text) => (text === 'none' ? false : parseSeed(text)),
    )
    .option('--cors <origins...>', 'origins whose pages may call the service', collectOrigins)
    .option(
      '--cors-headers <names>',
      'request headers that pages may send, separated by commas (default: any)',
      parseNames,
    )
    .addOption(
      new Option(
        '--validators <kind>',
        'add a validator header to responses, so that clients can send conditional requests',
      ).choices(['etag', 'last-modified']),
    )
    .option('--no-openapi', 'respond to /openapi.json with 404, as deployed services do')
    .action(serve);
}

async function serve({
  port,
  host,
  allowedHosts = [],
  dialect,
  published = false,
  auth,
  db,
  seed = true,
  cors = [],
  corsHeaders,
  validators,
  openapi,
}: ServeOptions): Promise<void> {
  if (published && dialect !== 'subresource')
    throw new InputError(`--published needs --dialect subresource, not ${dialect}.`);
  const { users, notice } = configureUser(process.env);
  const options: PersonaServiceOptions = {
    dialect,
    published,
    auth: auth ? { users } : false,
    store: db === undefined ? 'memory' : { sqlite: db },
    seed,
    cors: { origins: cors, ...(corsHeaders && { headers: corsHeaders }) },
    ...(validators && { validators }),
    openapi,
  };
  const { createPersonaService } = await import('../../service/index.js');
  const service = createPersonaService(options);
  const { url } = await service.listen({ port, host, allowedHosts }).catch((error: unknown) => {
    throw toListenError(error, () => '--port');
  });
  const stop = () => void service.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(
    `Persona Service at ${url} (dialect ${dialect}${published ? ' as published' : ''}, auth ${auth ? 'on' : 'off'}, store ${db ?? 'memory'})\n`,
  );
  if (auth) process.stdout.write(notice);
}

/** Returns the only user of a service with authentication. The notice shows a generated password, never a configured one. */
function configureUser({
  PERSONA_USERNAME: name = 'admin',
  PERSONA_PASSWORD: configuredPassword,
}: NodeJS.ProcessEnv) {
  const password = configuredPassword ?? crypto.randomUUID();
  const notice =
    configuredPassword === undefined
      ? `User ${name}, password ${password} (set PERSONA_PASSWORD to choose your own)\n`
      : '';
  return { users: { [name]: password }, notice };
}

function collectOrigins(text: string, previous: readonly string[] = []): readonly string[] {
  if (text !== '*' && URL.parse(text)?.origin !== text)
    throw new InvalidArgumentError('Expected an origin without a path, such as http://localhost:3000, or *.');
  return [...previous, text];
}
