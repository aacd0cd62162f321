/** The request handlers of all routes. */
export { createAuthHandlers } from './auth.js';
export { createPersonaHandlers } from './personas.js';
export type { PathParams, RouteContext, RouteHandler } from './types.js';
