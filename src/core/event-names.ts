import type { PersonaEvents } from './events.js';

const NAMES: Readonly<Record<keyof PersonaEvents, true>> = {
  callStart: true,
  callEnd: true,
  request: true,
  response: true,
  retry: true,
  retrySkipped: true,
  reconcile: true,
  invalidField: true,
  unknownField: true,
  circuitRejected: true,
  cache: true,
  cacheStore: true,
  circuit: true,
  token: true,
  insecureAuth: true,
  dialect: true,
  schemaDrift: true,
};

/** The names of all events. */
export const EVENT_NAMES = Object.keys(NAMES) as readonly (keyof PersonaEvents)[];
