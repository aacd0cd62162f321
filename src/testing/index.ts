/**
 * `persona-client/testing`: a local Persona Service for tests, in process or on a socket, with simulated failures.
 *
 * @module persona-client/testing
 */
export type { Dialect } from '../service/dialects/types.js';
export type {
  DropFault,
  ExpiryFault,
  Fault,
  FaultOptions,
  ResetFault,
  StallFault,
  StatusFault,
} from '../service/fault-types.js';
export type { Faults } from '../service/faults.js';
export type { CategoryConfig, FieldConfig, FieldDefinition } from '../service/field-config.js';
export { createPersonaService, type PersonaService } from '../service/index.js';
export type { ServiceListener } from '../service/node-server.js';
export type { AuthOptions, CorsOptions, ListenOptions, PersonaServiceOptions } from '../service/options.js';
export type { RecordedRequest } from '../service/recorder.js';
export type { PersonaSeed } from '../service/seed/index.js';
export type {
  Category,
  CategoryRow,
  DatedPersonaDraft,
  Fields,
  PersonaDraft,
  PersonaPatch,
  PersonaStore,
  StoredPage,
  StoredPersona,
} from '../service/store/types.js';
export { createVirtualClock, type VirtualClock } from './clock.js';
export { delay, dropAfterBytes, expireTokens, fail, reset, stall } from './faults.js';
export { type MswHttp, type MswOptions, toMswHandlers } from './msw.js';
export { type RecordFetchOptions, recordFetch } from './record-fetch.js';
export { RecordingError } from './recording-error.js';
export { type ReplayFetch, replayFetch } from './replay-fetch.js';
