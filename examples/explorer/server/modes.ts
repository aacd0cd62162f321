import { delay, type Fault, fail, reset, stall } from 'persona-client/testing';

/** Modes of the service with their faults. `page/service-controls.ts` contains their labels. */
export const MODES = {
  healthy: [],
  slow: [delay(900)],
  failing: [fail()],
  stalled: [stall()],
  down: [reset()],
} as const satisfies Record<string, readonly Fault[]>;

export type ServiceMode = keyof typeof MODES;

export const isServiceMode = (name: unknown): name is ServiceMode =>
  typeof name === 'string' && Object.hasOwn(MODES, name);

/** Fails the next two requests. */
export const FAIL_TWICE: Fault = fail({ times: 2 });
