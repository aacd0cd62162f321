import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Dialect } from '../service/dialects/types.js';
import type { PersonaServiceOptions } from '../service/options.js';
import type { Validators } from '../service/validators.js';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly dialect: Dialect;
  readonly auth?: true;
  readonly db?: string;
  readonly seed?: boolean | number;
  readonly cors?: readonly string[];
  readonly validators?: Validators;
}

function wholeNumber(text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw new InvalidArgumentError(`Give a whole number from 0 to ${most}.`);
  return value;
}

function origin(text: string, others: readonly string[] = []): readonly string[] {
  if (text !== '*' && URL.parse(text)?.origin !== text) {
    throw new InvalidArgumentError('Give an origin like http://localhost:3000, without a path, or *.');
  }
  return [...others, text];
}

/** The one user of a service with authentication; the password is printed only when nobody chose it. */
function userOf({ PERSONA_USERNAME: name = 'admin', PERSONA_PASSWORD: chosen }: NodeJS.ProcessEnv) {
  const password = chosen ?? crypto.randomUUID();
  const notice =
    chosen === undefined ? `User ${name}, password ${password} (PERSONA_PASSWORD chooses one)\n` : '';
  return { users: { [name]: password }, notice };
}

async function serve({
  port,
  host,
  dialect,
  auth,
  db,
  seed = true,
  cors = [],
  validators,
}: ServeOptions): Promise<void> {
  const { users, notice } = userOf(process.env);
  const options: PersonaServiceOptions = {
    dialect,
    auth: auth ? { users } : false,
    store: db === undefined ? 'memory' : { sqlite: db },
    seed,
    cors: { origins: cors },
    ...(validators && { validators }),
  };
  const { createPersonaService } = await import('../service/index.js'); // other commands need none of it
  const service = createPersonaService(options);
  const { url } = await service.listen({ port, host });
  const stop = () => void service.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(
    `Persona Service at ${url} (dialect ${dialect}, auth ${auth ? 'on' : 'off'}, store ${db ?? 'memory'})\n`,
  );
  if (auth) process.stdout.write(notice);
}

/** `persona-client serve`: the local service until SIGINT or SIGTERM. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run a complete local Persona Service')
    .option(
      '--port <number>',
      'port to listen on, 0 for a free one',
      (text) => wholeNumber(text, 65_535),
      5050,
    )
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--dialect <name>', 'which of the two deployed services to be')
        .choices(['subresource', 'attributes'])
        .default('subresource'),
    )
    .option('--auth', 'ask for tokens; the user comes from PERSONA_USERNAME and PERSONA_PASSWORD')
    .option('--db <file>', 'keep personas in an SQLite file (default: in memory)')
    .option(
      '--seed <number>',
      'start an empty store with so many personas, or none (default: five examples)',
      (text) => (text === 'none' ? false : wholeNumber(text, 1_000_000)),
    )
    .option('--cors <origins...>', 'origins whose pages may call the service', origin)
    .addOption(
      new Option(
        '--validators <kind>',
        'name answers to reads, so that clients can ask whether they changed',
      ).choices(['etag', 'last-modified']),
    )
    .action(serve);
}
