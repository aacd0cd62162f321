/** Logs users in and out, and keeps the tokens of one identity fresh. */
export { createAuthRequests } from './requests.js';
export { Session } from './session.js';
