import { PersonaError } from '../../core/errors/index.js';
import { EXIT } from '../exit-codes.js';
import type { Check } from './types.js';

const LATENCY_SAMPLES = 5;
const SLOW_MS = 1_000;
const AUTH_CODES: readonly string[] = ['unauthenticated', 'forbidden', 'credentials_rejected'];

/** Checks whether the service accepts the credentials, or requires none. */
export const checkAuthentication: Check = async ({ client, signal }) => {
  const readIsLoggedIn = async () => (await client.auth.session()).isLoggedIn;
  const wasLoggedIn = await readIsLoggedIn();
  try {
    await client.personas.list({}, { signal, cache: 'no-store', retry: false });
  } catch (error) {
    if (!(error instanceof PersonaError) || !AUTH_CODES.includes(error.code)) throw error;
    // During this call, the client may have discarded rejected tokens or logged in with a user name and password.
    const hasCredentials = wasLoggedIn || error.code === 'credentials_rejected' || (await readIsLoggedIn());
    return {
      status: 'failed',
      exitCode: EXIT.notAllowed,
      message: hasCredentials
        ? `the service rejects the configured credentials (${error.code})`
        : 'the service requires a token, but no credentials are configured',
      advice:
        'Run persona-client login, or set PERSONA_API_TOKEN, or set PERSONA_USERNAME and PERSONA_PASSWORD.',
    };
  }
  const { isLoggedIn, expiresAt } = await client.auth.session();
  if (!isLoggedIn) return { status: 'ok', message: 'the service requires no authentication' };
  return { status: 'ok', message: `logged in${expiresAt ? `; the token expires at ${expiresAt}` : ''}` };
};

/** Reads the field config and reports the dialect. */
export const checkDialect: Check = async ({ client, signal, dialect }) => {
  const config = await client.fieldConfig.get(undefined, undefined, { signal, cache: 'no-store' });
  const fieldCount = Object.values(config).reduce((sum, category) => sum + category.fields.length, 0);
  return { status: 'ok', message: `${dialect() ?? 'unknown'}, ${fieldCount} configured fields` };
};

/** Measures the duration of a small list request. */
export const checkLatency: Check = async ({ client, signal }) => {
  const durationsMs: number[] = [];
  for (let sample = 0; sample < LATENCY_SAMPLES; sample++) {
    const startedAt = performance.now();
    await client.personas.list({}, { signal, cache: 'no-store', retry: false });
    durationsMs.push(performance.now() - startedAt);
  }
  const sortedMs = durationsMs.toSorted((a, b) => a - b);
  const [medianMs = 0, maxMs = 0] = [sortedMs[Math.floor(LATENCY_SAMPLES / 2)], sortedMs.at(-1)];
  const message = `median ${medianMs.toFixed(0)} ms, maximum ${maxMs.toFixed(0)} ms, for ${LATENCY_SAMPLES} small list requests`;
  return medianMs > SLOW_MS
    ? { status: 'warning', message, advice: 'Raise --timeout, and lower --concurrency for imports.' }
    : { status: 'ok', message };
};
