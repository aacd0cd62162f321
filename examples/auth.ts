/**
 * Sign in, stay signed in, sign out; and what a wrong password looks like.
 *
 *   PERSONA_USERNAME=admin PERSONA_PASSWORD=secret npm run serve -- --auth           in one shell
 *   PERSONA_USERNAME=admin PERSONA_PASSWORD=secret npx tsx examples/auth.ts          in another
 *
 * PERSONA_API_URL points it at another service; default http://localhost:5050.
 */
import { PersonaAuthenticationError, PersonaClient } from 'persona-client';

const {
  PERSONA_API_URL: baseUrl = 'http://localhost:5050',
  PERSONA_USERNAME: username = 'admin',
  PERSONA_PASSWORD: password,
} = process.env;
if (!password) throw new Error('Set PERSONA_PASSWORD, to the service as well');

// With the credentials as an option, the first call that needs a token signs in.
using client = new PersonaClient({ baseUrl, auth: { username, password } });
client.on('token', ({ action, ok }) => console.log(`${action}: ${ok ? 'ok' : 'failed'}`));

const page = await client.personas.list();
console.log(`Found ${page.total} personas`);

// Tokens are replaced before they end and when one is refused. By hand it is needed only to show it.
const session = await client.auth.refresh();
console.log(`Signed in until ${session.expiresAt}`);

await client.auth.logout();
console.log(`Signed in: ${(await client.auth.session()).signedIn}`);

try {
  await client.auth.login({ username, password: `not ${password}` });
} catch (error) {
  if (!(error instanceof PersonaAuthenticationError)) throw error;
  console.log(`Wrong password: ${error.code}`);
}
