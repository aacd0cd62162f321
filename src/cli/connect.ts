import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ClientOptions, PersonaClient, TokenStore } from '../index.js';

/** What every command that talks to a service takes. */
export interface ServiceFlags {
  readonly url?: string;
  readonly dialect?: 'subresource' | 'attributes';
  readonly timeout?: number;
  readonly json?: true;
}

export const JSON_OPTION = '--json';

/** Add the options of {@link ServiceFlags}. */
export const withService = (command: Command): Command =>
  command
    .option('--url <url>', 'where the service is (or PERSONA_API_URL; default: http://localhost:5050)')
    .addOption(
      new Option('--dialect <name>', 'which kind of service it is, if you know').choices([
        'subresource',
        'attributes',
      ]),
    )
    .option('--timeout <ms>', 'how long one request may take', wholeNumber(1, 2 ** 31 - 1))
    .option(JSON_OPTION, 'print the result as one line of JSON, and errors too');

/** A parser for whole numbers within bounds. */
export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high)
      throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    return value;
  };

/** The one identity that `persona-client login` keeps per service. */
const PRINCIPAL = 'persona-client command';

/** Where tokens are kept between runs: PERSONA_TOKEN_FILE, else among the user's settings. */
export function tokenFile({ PERSONA_TOKEN_FILE, XDG_CONFIG_HOME, APPDATA } = process.env): string {
  const folder = XDG_CONFIG_HOME || APPDATA || join(homedir(), '.config');
  return PERSONA_TOKEN_FILE || join(folder, 'persona-client', 'tokens.json');
}

export async function tokenStore(): Promise<TokenStore> {
  const { fileTokenStore } = await import('../node/index.js');
  return fileTokenStore(tokenFile());
}

/**
 * A client by flags and environment. Who it is: PERSONA_API_TOKEN, else PERSONA_USERNAME and PERSONA_PASSWORD, else
 * whoever signed in with `persona-client login`.
 */
export async function connect(
  { url, dialect, timeout }: ServiceFlags,
  more: ClientOptions = {},
  who: 'environment' | 'stored' = 'environment',
): Promise<PersonaClient> {
  const { PersonaClient } = await import('../index.js');
  const { PERSONA_API_URL, PERSONA_API_TOKEN, PERSONA_USERNAME, PERSONA_PASSWORD } = process.env;
  const isStored = who === 'stored' || !(PERSONA_API_TOKEN || PERSONA_USERNAME || PERSONA_PASSWORD);
  return PersonaClient.fromEnv(
    {
      ...(isStored && { tokenStore: await tokenStore(), principal: PRINCIPAL }),
      ...(url !== undefined && { baseUrl: url }),
      ...(dialect !== undefined && { dialect }),
      ...(timeout !== undefined && { timeoutMs: timeout }),
      ...more,
    },
    isStored ? { PERSONA_API_URL } : process.env,
  );
}

/** A client for the length of some work. */
export async function withClient<Result>(
  flags: ServiceFlags,
  work: (client: PersonaClient) => Promise<Result>,
  more?: ClientOptions,
): Promise<Result> {
  const client = await connect(flags, more);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** A signal that Ctrl-C aborts, once; a second Ctrl-C ends the process as ever. */
export function interruption(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('interrupted'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const end = () => void process.off('SIGINT', stop).off('SIGTERM', stop);
  return { signal: controller.signal, end };
}
