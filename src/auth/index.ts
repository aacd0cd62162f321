/** Logs users in and out, and keeps the tokens of one identity fresh. */

export { LazySession, SessionLoader } from './lazy-session.js';
