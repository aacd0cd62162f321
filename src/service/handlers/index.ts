/** The request handlers of all routes. */
export { createAuthHandlers } from './auth.js';
export { createPersonaHandlers } from './personas.js';
export type { RouteContext, RouteHandler } from './types.js';
