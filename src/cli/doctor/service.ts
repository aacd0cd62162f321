import { PersonaError } from '../../index.js';
import type { Check } from './types.js';

const TRIES = 5;
const SLOW_MS = 1_000;

export const authentication: Check = async ({ client, signal }) => {
  const isSignedIn = async () => (await client.auth.session()).signedIn;
  const given = await isSignedIn();
  try {
    await client.personas.list({ perPage: 1 }, { signal, cache: 'no-store', retry: false });
  } catch (error) {
    if (
      !(error instanceof PersonaError) ||
      !['unauthenticated', 'forbidden', 'credentials_rejected'].includes(error.code)
    )
      throw error;
    // Tokens that were refused may be gone by now; a user name and password bring theirs with this call.
    return {
      state: 'failed',
      found:
        given || error.code === 'credentials_rejected' || (await isSignedIn())
          ? `what was given is not accepted (${error.code})`
          : 'the service wants a token, and there is none',
      advice:
        'Sign in: persona-client login. Or set PERSONA_API_TOKEN, or PERSONA_USERNAME and PERSONA_PASSWORD.',
    };
  }
  const { signedIn, expiresAt } = await client.auth.session();
  if (!signedIn) return { state: 'ok', found: 'the service lets in anyone' };
  return { state: 'ok', found: `signed in${expiresAt ? `, the token ends at ${expiresAt}` : ''}` };
};

export const dialect: Check = async ({ client, signal, dialect }) => {
  const config = await client.fieldConfig.get(undefined, undefined, { signal, cache: 'no-store' });
  const fields = Object.values(config).reduce((sum, category) => sum + category.fields.length, 0);
  return { state: 'ok', found: `${dialect() ?? 'as given'}, ${fields} fields in its categories` };
};

export const latency: Check = async ({ client, signal }) => {
  const times: number[] = [];
  for (let nth = 0; nth < TRIES; nth++) {
    const started = performance.now();
    await client.personas.list({ perPage: 1 }, { signal, cache: 'no-store', retry: false });
    times.push(performance.now() - started);
  }
  const [median = 0, slowest = 0] = [times.toSorted((a, b) => a - b)[2], Math.max(...times)];
  const found = `${median.toFixed(0)} ms for a small list, ${slowest.toFixed(0)} ms at worst, of ${TRIES}`;
  return median > SLOW_MS
    ? { state: 'warning', found, advice: 'Raise --timeout, and lower --concurrency of imports.' }
    : { state: 'ok', found };
};
