import { isUtf8 } from 'node:buffer';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { escapeControls } from '../../core/safe-text.js';
import type { ClientOptions } from '../../index.js';
import { createClient, createTokenStore, resolveTokenFilePath, withClient } from '../client.js';
import { InputError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { printResult } from '../output.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface LoginOptions extends ServiceOptions {
  readonly username?: string;
  readonly passwordStdin?: true;
}

const LOGIN_HELP = `
The command stores tokens in a file that only you can read: PERSONA_TOKEN_FILE, else persona-client/tokens.json in your
configuration folder. The file contains one login per service, and no password. PERSONA_API_TOKEN, or PERSONA_USERNAME
and PERSONA_PASSWORD, take precedence over the stored tokens.`;

/** Adds `persona-client login`, `logout` and `whoami`. */
export function addLoginCommands(program: Command): void {
  addServiceOptions(program.command('login'))
    .description('log in and store the tokens for later commands')
    .option('--username <name>', 'user name (default: PERSONA_USERNAME, else prompt)')
    .option(
      '--password-stdin',
      'read the password from standard input (default: PERSONA_PASSWORD, else prompt)',
    )
    .addHelpText(
      'after',
      `${LOGIN_HELP}\n\nExamples:\n  $ persona-client login --username admin\n  $ pass personas | persona-client login --username admin --password-stdin`,
    )
    .action(login);

  addServiceOptions(program.command('logout'))
    .description('log out: revoke the tokens at the service and delete them from this machine')
    .addHelpText('after', '\nExample:\n  $ persona-client logout')
    .action((options: ServiceOptions) =>
      withClient(options, async (client) => {
        const { isLoggedIn } = await client.auth.session();
        await client.auth.logout();
        await printResult(options.json, { isLoggedIn: false, wasLoggedIn: isLoggedIn }, () =>
          isLoggedIn ? 'Logged out.' : 'You were not logged in.',
        );
      }),
    );

  addServiceOptions(program.command('whoami'))
    .description('show the logged-in user, without a request to the service')
    .addHelpText('after', '\nExample:\n  $ persona-client whoami --json')
    .action(whoami);
}

/** Reads the password from standard input, without a line break at the end. */
async function readPassword(): Promise<string> {
  const bytes = await buffer(process.stdin);
  if (!isUtf8(bytes)) throw new InputError('The password is not valid UTF-8. Nothing was sent.');
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

async function login(options: LoginOptions): Promise<void> {
  const { PERSONA_USERNAME, PERSONA_PASSWORD } = process.env;
  const username = options.username ?? PERSONA_USERNAME ?? (await prompt('User name: '));
  const password = options.passwordStdin
    ? await readPassword()
    : (PERSONA_PASSWORD ?? (await prompt('Password: ', true)));
  const client = await createClient(options, {}, 'stored');
  try {
    const session = await client.auth.login({ username, password });
    await printResult(
      options.json,
      { username, ...session },
      () => `Logged in as ${escapeControls(username)}. The tokens are in ${resolveTokenFilePath()}.`,
    );
  } finally {
    client.close();
  }
}

async function whoami(options: ServiceOptions): Promise<void> {
  const { PERSONA_API_TOKEN, PERSONA_USERNAME } = process.env;
  const credentialSource = PERSONA_API_TOKEN
    ? 'PERSONA_API_TOKEN'
    : PERSONA_USERNAME
      ? 'PERSONA_USERNAME'
      : resolveTokenFilePath();
  let username = PERSONA_API_TOKEN ? readSubject(PERSONA_API_TOKEN) : PERSONA_USERNAME;
  const usesStoredTokens = !(PERSONA_API_TOKEN || PERSONA_USERNAME);
  const session = await withClient(
    options,
    (client) => client.auth.session(),
    usesStoredTokens ? await observeStoredToken((token) => (username = readSubject(token))) : {},
  );
  const isLoggedIn = session.isLoggedIn || credentialSource === 'PERSONA_USERNAME';
  const result = { ...session, isLoggedIn, ...(username && { username }), credentialSource };
  await printResult(options.json, result, () => {
    if (!isLoggedIn) return 'You are not logged in.';
    const expiry = session.expiresAt ? `; the token expires at ${session.expiresAt}` : '';
    return `${escapeControls(username ?? 'unknown user')} (from ${credentialSource})${expiry}`;
  });
  if (!isLoggedIn) process.exitCode = EXIT.notAllowed;
}

/** Creates client options with a token store that calls `onToken` for each access token that it reads. */
async function observeStoredToken(
  onToken: (token: string) => void,
): Promise<Pick<ClientOptions, 'tokenStore'>> {
  const store = await createTokenStore();
  return {
    tokenStore: {
      ...store,
      get: async (key: string) => {
        const tokens = await store.get(key);
        if (tokens) onToken(tokens.accessToken);
        return tokens;
      },
    },
  };
}

/** Reads the `sub` claim of a token. The claim is unverified, so it is for display only. */
function readSubject(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { sub } = Object(claims);
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

/** Prompts on the terminal. Does not echo a secret. */
async function prompt(question: string, isSecret = false): Promise<string> {
  if (!process.stdin.isTTY)
    throw new InputError('There is no terminal for a prompt. Pass --username and --password-stdin.');
  process.stderr.write(question);
  const silentOutput = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input: process.stdin,
    output: isSecret ? silentOutput : process.stderr,
    terminal: true,
  });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    if (isSecret) process.stderr.write('\n');
  }
}
