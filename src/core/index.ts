/** Defines what all layers share: errors, events, calls, abort signals, responses and the service profile. */

export type { Dialect } from './dialect.js';
export type {
  CallEvent,
  CallMeta,
  CircuitState,
  InvalidField,
  PersonaEvents,
  PersonaListener,
  TimelineEntry,
} from './events.js';
