/**
 * The guide's web application: pages, forms and JSON on one client.
 *
 *   npm run web-app
 *
 * It brings a Persona Service of its own, unless PERSONA_API_URL names one that has authentication. PORT chooses
 * where the application listens, by default 5000 as in the guide; PERSONA_USERNAME and PERSONA_PASSWORD who may sign in.
 */
import { createPersonaService } from 'persona-client/testing';
import { populate } from '../support/people.js';
import { startWebApp } from './start.js';

const {
  PERSONA_API_URL,
  PORT = '5000',
  PERSONA_USERNAME: username = 'admin',
  PERSONA_PASSWORD: password = 'personas',
} = process.env;

const own =
  PERSONA_API_URL === undefined
    ? createPersonaService({ auth: { users: { [username]: password } } })
    : undefined;
if (own) await populate(own, { username, password });
const baseUrl = PERSONA_API_URL ?? (await own?.listen({ port: 0 }))?.url ?? '';

const app = await startWebApp(Number(PORT), { baseUrl });
app.client.on('circuit', ({ state }) => console.warn(`circuit ${state}`));
console.log(`Persona Service at ${baseUrl}`);
console.log(`Web application at ${app.url}${own ? `, sign in as ${username} with ${password}` : ''}`);

async function stop(): Promise<void> {
  await app[Symbol.asyncDispose]();
  await own?.close();
}
process.once('SIGINT', stop).once('SIGTERM', stop);
