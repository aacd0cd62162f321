/**
 * The web application of the integration guide: pages, forms, and JSON with one client.
 *
 *   npm run web-app
 *
 * Starts a local Persona Service, unless PERSONA_API_URL names a service with authentication.
 * PORT is the port of the application, 5000 by default. PUBLIC_URL is the URL that browsers use, if a proxy changes the Host
 * header. PERSONA_USERNAME and PERSONA_PASSWORD set the user of the local service.
 */
import { createPersonaService } from 'persona-client/testing';
import { populate } from '../support/sample-personas.js';
import { startWebApp } from './start.js';

const {
  PERSONA_API_URL,
  PUBLIC_URL,
  PORT = '5000',
  PERSONA_USERNAME: username = 'admin',
  PERSONA_PASSWORD: password = 'personas',
} = process.env;

const localService =
  PERSONA_API_URL === undefined
    ? createPersonaService({ auth: { users: { [username]: password } } })
    : undefined;
if (localService) await populate(localService, { username, password });
const baseUrl = PERSONA_API_URL ?? (await localService?.listen({ port: 0 }))?.url ?? '';

const app = await startWebApp(Number(PORT), { baseUrl }, PUBLIC_URL);
app.client.on('circuit', ({ state }) => console.warn(`circuit ${state}`));
console.log(`Persona Service at ${baseUrl}`);
console.log(
  `Web application at ${app.url}${localService ? `, sign in as ${username} with ${password}` : ''}`,
);

async function stop(): Promise<void> {
  await app[Symbol.asyncDispose]();
  await localService?.close();
}
process.once('SIGINT', stop).once('SIGTERM', stop);
