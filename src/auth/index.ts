/** Logs users in and out, and keeps the tokens of one identity fresh. */

export { createSessionFactory, LazySession } from './lazy-session.js';
