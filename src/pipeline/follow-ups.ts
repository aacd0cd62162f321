import type { Dialect } from '../dialect.js';
import type { FieldConfig } from '../schemas/field-config.js';
import type { Settings } from '../settings.js';
import type { Begun, Questions } from './encode.js';
import type { CallOptions, Endpoint, Run } from './types.js';

interface FollowUpParts {
  readonly options: Settings;
  /** Asks the service which dialect it speaks. */
  readonly probe: Endpoint<object, object, Dialect>;
  /** Asks it for its fields. */
  readonly fieldConfig: Endpoint<object, FieldConfig, FieldConfig>;
}

/** The further calls that a call may need: made in its manner and, but for one, within its time. */
export function followUps<Input, Result>(
  { options: standard, probe, fieldConfig }: FollowUpParts,
  { call }: Begun<Input>,
  options: CallOptions<Result> | undefined,
  run: Run,
): Questions & { readonly run: Run } {
  const manner = () => {
    const { fallback: _, signal: __, ...manner } = options ?? {};
    return manner;
  };
  const remainingMs = () => Math.max(1, Math.floor(call.deadline.at - performance.now()));
  const inTime: Run = (endpoint, input, its) =>
    run(endpoint, input, { ...manner(), signal: call.signal, deadlineMs: remainingMs(), ...its });
  return {
    dialect: () => run(probe, {}, { ...manner(), cache: 'no-store', deadlineMs: standard.deadlineMs }), // others may wait for it too
    fieldConfig: () => inTime(fieldConfig, {}).catch(() => {}),
    run: inTime,
  };
}
