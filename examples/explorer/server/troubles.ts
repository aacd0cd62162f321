import { delay, type Fault, fail, reset, stall } from 'persona-client/testing';

/** What the service can be made to do, as faults: data, not code. The page names them, see `page/service.ts`. */
export const TROUBLES = {
  healthy: [],
  slow: [delay(900)],
  failing: [fail()],
  stalled: [stall()],
  down: [reset()],
} as const satisfies Record<string, readonly Fault[]>;

export type Trouble = keyof typeof TROUBLES;

export const isTrouble = (name: unknown): name is Trouble =>
  typeof name === 'string' && Object.hasOwn(TROUBLES, name);

/** Two requests fail, then all is well again. */
export const HICCUP: Fault = fail({ times: 2 });
