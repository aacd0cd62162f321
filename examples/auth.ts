/**
 * Log in, refresh, log out, and handle a wrong password.
 *
 *   PERSONA_USERNAME=admin PERSONA_PASSWORD=secret npm run serve -- --auth           in one terminal
 *   PERSONA_USERNAME=admin PERSONA_PASSWORD=secret npx tsx examples/auth.ts          in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { PersonaAuthenticationError, PersonaClient } from 'persona-client';

const {
  PERSONA_API_URL: baseUrl = 'http://localhost:5050',
  PERSONA_USERNAME: username = 'admin',
  PERSONA_PASSWORD: password,
} = process.env;
if (!password) throw new Error('Set PERSONA_PASSWORD to the same value as for the service');

// The first call that needs a token logs in.
using client = new PersonaClient({ baseUrl, auth: { username, password } });
client.on('token', ({ action, ok }) => console.log(`${action}: ${ok ? 'ok' : 'failed'}`));

const page = await client.personas.list();
console.log(`Found ${page.total} personas`);

// Only to show a refresh: the client refreshes tokens automatically, before they expire and after a 401.
const session = await client.auth.refresh();
console.log(`Logged in until ${session.expiresAt}`);

await client.auth.logout();
console.log(`Logged in: ${(await client.auth.session()).isLoggedIn}`);

try {
  await client.auth.login({ username, password: `not ${password}` });
} catch (error) {
  if (!(error instanceof PersonaAuthenticationError)) throw error;
  console.log(`Wrong password: ${error.code}`);
}
