/** Logs users in and out, and keeps the tokens of one identity fresh. */

export { RefreshPauses } from './refresh-pauses.js';
export { createAuthRequests } from './requests.js';
export { Session } from './session.js';
