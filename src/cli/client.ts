import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClientOptions, PersonaClient, TokenStore } from '../index.js';
import { printInvalidFields } from './invalid-fields.js';
import type { ServiceOptions } from './service-options.js';

/** The principal of `persona-client login`. The token file stores one login per service. */
const PRINCIPAL = 'persona-client command';

/** Returns the path of the token file: PERSONA_TOKEN_FILE, else `persona-client/tokens.json` in the configuration folder. */
export function resolveTokenFilePath({ PERSONA_TOKEN_FILE, XDG_CONFIG_HOME, APPDATA } = process.env): string {
  const folder = XDG_CONFIG_HOME || APPDATA || join(homedir(), '.config');
  return PERSONA_TOKEN_FILE || join(folder, 'persona-client', 'tokens.json');
}

/** Creates the store that keeps tokens between runs. */
export async function createTokenStore(): Promise<TokenStore> {
  const { fileTokenStore } = await import('../node/index.js');
  return fileTokenStore(resolveTokenFilePath());
}

/**
 * Creates a client from command-line options and the environment.
 *
 * Credentials: PERSONA_API_TOKEN, else PERSONA_USERNAME and PERSONA_PASSWORD, else the tokens of `persona-client login`.
 * With `'stored'`, only the tokens of `persona-client login`.
 */
export async function createClient(
  { url, dialect, timeout }: ServiceOptions,
  overrides: ClientOptions = {},
  credentials: 'environment' | 'stored' = 'environment',
): Promise<PersonaClient> {
  const { PersonaClient } = await import('../index.js');
  const { PERSONA_API_URL, PERSONA_API_TOKEN, PERSONA_USERNAME, PERSONA_PASSWORD } = process.env;
  const usesStoredTokens =
    credentials === 'stored' || !(PERSONA_API_TOKEN || PERSONA_USERNAME || PERSONA_PASSWORD);
  return PersonaClient.fromEnv(
    {
      ...(usesStoredTokens && { tokenStore: await createTokenStore(), principal: PRINCIPAL }),
      ...(url !== undefined && { baseUrl: url }),
      ...(dialect !== undefined && { dialect }),
      ...(timeout !== undefined && { timeoutMs: timeout }),
      ...overrides,
    },
    usesStoredTokens ? { PERSONA_API_URL } : process.env,
  );
}

/** Runs `work` with a client, then closes the client. Prints which data the client omits. */
export async function withClient<Result>(
  options: ServiceOptions,
  work: (client: PersonaClient) => Promise<Result>,
  overrides?: ClientOptions,
): Promise<Result> {
  const client = await createClient(options, overrides);
  printInvalidFields(client);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
