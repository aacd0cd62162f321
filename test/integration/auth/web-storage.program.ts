import { webStorageTokenStore } from '../../../src/browser/index.js';
import { PersonaClient } from '../../../src/index.js';

/** Stores tokens in the `localStorage` of Node.js, and prints the session of another client. */
const fetch = async () => Response.json({ access_token: 'token' });
const connect = () => new PersonaClient({ fetch, principal: 'me', tokenStore: webStorageTokenStore() });
await connect().auth.login({ username: 'ada', password: 'secret' });
console.log(JSON.stringify(await connect().auth.session()));
