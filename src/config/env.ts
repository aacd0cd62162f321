import { PersonaValidationError } from '../core/errors/index.js';
import type { NamedClientOptions } from './client-options.js';

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads client options from the `PERSONA_*` environment variables. Ignores empty variables.
 *
 * @throws {PersonaValidationError} if only one of `PERSONA_USERNAME` and `PERSONA_PASSWORD` is set.
 */
export function optionsFromEnv(
  environment: Environment = processEnvironment(),
): Pick<NamedClientOptions, 'baseUrl' | 'auth' | 'allowInsecureAuth'> {
  const {
    PERSONA_API_URL: url,
    PERSONA_API_TOKEN: token,
    PERSONA_USERNAME: username,
    PERSONA_PASSWORD: password,
    PERSONA_ALLOW_INSECURE_AUTH: allowInsecureAuth,
  } = environment;
  if (!token && Boolean(username) !== Boolean(password)) {
    const [missing, present] = username
      ? ['PERSONA_PASSWORD', 'PERSONA_USERNAME']
      : ['PERSONA_USERNAME', 'PERSONA_PASSWORD'];
    const message = `must be set together with ${present}`;
    throw new PersonaValidationError(`PersonaClient.fromEnv: ${missing} ${message}`, {
      issues: [{ path: [missing], message }],
    });
  }
  return {
    ...(url ? { baseUrl: url } : {}),
    ...(allowInsecureAuth === 'true' || allowInsecureAuth === '1' ? { allowInsecureAuth: true } : {}),
    ...(token ? { auth: { token } } : username && password ? { auth: { username, password } } : {}),
  };
}

/** Browsers have no environment variables. */
function processEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
}
