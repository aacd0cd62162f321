import { PersonaValidationError } from '../core/errors/index.js';
import type { ClientOptions } from './options.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment's part of the options; empty variables count as absent. */
export function optionsFromEnv(
  environment: Environment = processEnvironment(),
): Omit<ClientOptions, 'attributes'> {
  const {
    PERSONA_API_URL: url,
    PERSONA_API_TOKEN: token,
    PERSONA_USERNAME: username,
    PERSONA_PASSWORD: password,
    PERSONA_ALLOW_INSECURE_AUTH: insecure,
  } = environment;
  if (!token && Boolean(username) !== Boolean(password)) {
    const missing = username ? 'PERSONA_PASSWORD' : 'PERSONA_USERNAME';
    const issues = [{ path: [missing], message: 'is missing beside its other half' }];
    throw new PersonaValidationError(`PersonaClient.fromEnv: ${missing} is missing beside its other half`, {
      issues,
    });
  }
  return {
    ...(url ? { baseUrl: url } : {}),
    ...(insecure === 'true' || insecure === '1' ? { allowInsecureAuth: true } : {}),
    ...(token ? { auth: { token } } : username && password ? { auth: { username, password } } : {}),
  };
}

/** Browsers have none. */
function processEnvironment(): Environment {
  return (globalThis as { process?: { env?: Environment } }).process?.env ?? {};
}
