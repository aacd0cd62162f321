import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { connect, type ServiceFlags, tokenFile, withClient, withService } from '../connect.js';
import { BadInput, EXIT } from '../exit-codes.js';
import { answer, shown } from '../terminal.js';

interface LoginFlags extends ServiceFlags {
  readonly username?: string;
  readonly passwordStdin?: true;
}

const KEPT = `
Tokens are kept in a file that only you can read, PERSONA_TOKEN_FILE or persona-client/tokens.json among your settings,
one identity for each service. The password is not kept. PERSONA_API_TOKEN, or PERSONA_USERNAME and PERSONA_PASSWORD, win.`;

/** `persona-client login`, `logout` and `whoami`. */
export function addLogin(program: Command): void {
  withService(program.command('login'))
    .description('sign in, for this and later commands')
    .option('--username <name>', 'who signs in (or PERSONA_USERNAME; else asked for)')
    .option('--password-stdin', 'read the password from standard input (or PERSONA_PASSWORD; else asked for)')
    .addHelpText(
      'after',
      `${KEPT}\n\nExamples:\n  $ persona-client login --username admin\n  $ pass personas | persona-client login --username admin --password-stdin`,
    )
    .action(login);

  withService(program.command('logout'))
    .description('sign out: forget the tokens, and have the service revoke them')
    .addHelpText('after', '\nExample:\n  $ persona-client logout')
    .action((flags: ServiceFlags) =>
      withClient(flags, async (client) => {
        const { signedIn } = await client.auth.session();
        await client.auth.logout();
        await answer(flags.json, { signedIn: false, wasSignedIn: signedIn }, () =>
          signedIn ? 'Signed out.' : 'Nobody was signed in.',
        );
      }),
    );

  withService(program.command('whoami'))
    .description('show who is signed in; asks no service')
    .addHelpText('after', '\nExample:\n  $ persona-client whoami --json')
    .action(whoami);
}

async function login(flags: LoginFlags): Promise<void> {
  const { PERSONA_USERNAME, PERSONA_PASSWORD } = process.env;
  const username = flags.username ?? PERSONA_USERNAME ?? (await ask('User name: '));
  const password = flags.passwordStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : (PERSONA_PASSWORD ?? (await ask('Password: ', true)));
  const client = await connect(flags, {}, 'stored');
  try {
    const session = await client.auth.login({ username, password });
    await answer(
      flags.json,
      { username, ...session },
      () => `Signed in as ${shown(username)}. Tokens are in ${tokenFile()}.`,
    );
  } finally {
    client.close();
  }
}

async function whoami(flags: ServiceFlags): Promise<void> {
  const { PERSONA_API_TOKEN, PERSONA_USERNAME } = process.env;
  const from = PERSONA_API_TOKEN ? 'PERSONA_API_TOKEN' : PERSONA_USERNAME ? 'PERSONA_USERNAME' : tokenFile();
  let user = PERSONA_API_TOKEN ? subjectOf(PERSONA_API_TOKEN) : PERSONA_USERNAME;
  const session = await withClient(
    flags,
    (client) => client.auth.session(),
    PERSONA_API_TOKEN || PERSONA_USERNAME ? {} : await watched((token) => (user = subjectOf(token))),
  );
  const signedIn = session.signedIn || from === 'PERSONA_USERNAME';
  await answer(flags.json, { ...session, signedIn, ...(user && { username: user }), from }, () =>
    signedIn
      ? `${shown(user ?? 'someone')} (by ${from})${session.expiresAt ? `, token until ${session.expiresAt}` : ''}`
      : 'Nobody is signed in.',
  );
  if (!signedIn) process.exitCode = EXIT.notAllowed;
}

/** The token store, with a look at what it gives. */
async function watched(see: (token: string) => void) {
  const { tokenStore } = await import('../connect.js');
  const store = await tokenStore();
  return {
    tokenStore: {
      ...store,
      get: async (key: string) => {
        const tokens = await store.get(key);
        if (tokens) see(tokens.accessToken);
        return tokens;
      },
    },
  };
}

/** Whom a token says it is for. Unverified, so for display only. */
function subjectOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { sub } = Object(claims);
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

/** Ask on the terminal; a secret is not echoed. */
async function ask(question: string, secret = false): Promise<string> {
  if (!process.stdin.isTTY)
    throw new BadInput('There is no terminal to ask on: give --username and --password-stdin.');
  process.stderr.write(question);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input: process.stdin,
    output: secret ? mute : process.stderr,
    terminal: true,
  });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    if (secret) process.stderr.write('\n');
  }
}
