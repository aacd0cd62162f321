import { booleanRule, findInvalidOptions, functionRule, type OptionRules } from '../core/assert-options.js';
import { type CallSite, captureCallSite } from '../core/call-site.js';
import { MAX_TIMER_MS } from '../core/timers.js';
import { type PersonaIssue, PersonaValidationError } from '../index.js';
import { copyPlainData, isPlainObject, UNREADABLE } from '../schemas/plain-data.js';
import type { CreateManyOptions, Items, RunOptions } from './types.js';

/** Run options with defaults applied. */
export interface ResolvedRunOptions
  extends Required<Omit<CreateManyOptions, 'signal' | 'onProgress' | 'journal'>> {
  /** The function that the caller used, for error messages. */
  readonly functionName: string;
  /** Where the caller called the function. */
  readonly site: CallSite;
  readonly signal: CreateManyOptions['signal'];
  readonly onProgress: CreateManyOptions['onProgress'];
  readonly journal: CreateManyOptions['journal'];
}

const CREATE_RULES: OptionRules<CreateManyOptions> = {
  concurrency: [(value: number) => isIntegerIn(value, 1, 1_000), 'must be a whole number from 1 to 1000'],
  stopOnError: booleanRule,
  signal: [(value: unknown) => value instanceof AbortSignal, 'must be an AbortSignal'],
  onProgress: functionRule,
  journal: [(value: { append?: unknown }) => typeof value?.append === 'function', 'must be a Journal'],
  maxStallMs: [(value: unknown) => typeof value === 'number' && value >= 0, 'must be 0 or more'],
  onUnknownOutcome: [
    (value: string) => ['throw', 'reconcile'].includes(value),
    "must be 'throw' or 'reconcile'",
  ],
  lateWriteWindowMs: [
    (value: number) => isIntegerIn(value, 0, MAX_TIMER_MS),
    'must be a whole number from 0 to 2147483647',
  ],
};

const isIntegerIn = (value: number, min: number, max: number) =>
  Number.isSafeInteger(value) && value >= min && value <= max;

/** The rules of the options that all bulk operations have. */
export const { onUnknownOutcome: _createOnly, ...RUN_RULES } = CREATE_RULES;

/** Finds unknown and invalid options. */
export function findOptionIssues<Options extends object>(
  options: Options,
  rules: OptionRules<Options>,
): PersonaIssue[] {
  return findInvalidOptions(options, rules).map(([name, message]) => ({ path: [name], message }));
}

/**
 * Validates the options and applies the defaults.
 *
 * @param functionName the function that the caller used, for error messages.
 * @param site where the application called that function. @default the callers of this function
 * @throws {PersonaValidationError} that names each unknown or invalid option.
 */
export function resolveRunOptions(
  functionName: string,
  options: CreateManyOptions,
  site = captureCallSite(resolveRunOptions),
): ResolvedRunOptions {
  const issues = findOptionIssues<RunOptions>(
    options,
    functionName === 'createMany' ? CREATE_RULES : RUN_RULES,
  );
  throwIfInvalid(functionName, issues);
  if (options.journal && options.onUnknownOutcome === 'throw')
    throwIfInvalid(functionName, [
      { path: ['onUnknownOutcome'], message: "must be 'reconcile' with a journal" },
    ]);
  const {
    journal,
    concurrency = 20,
    stopOnError = false,
    maxStallMs = 120_000,
    lateWriteWindowMs = 10_000,
    onUnknownOutcome = journal ? 'reconcile' : 'throw',
    signal,
    onProgress,
  } = options;
  return {
    functionName,
    site,
    journal,
    concurrency,
    stopOnError,
    maxStallMs,
    lateWriteWindowMs,
    onUnknownOutcome,
    signal,
    onProgress,
  };
}

const CONDITION = 'ifUnmodifiedSince';

/**
 * Copies an item. A value that cannot be read does not throw: the copy is invalid, so only this item fails.
 *
 * Copies omit `undefined`, but a missing timestamp must not turn the condition of an update off. So it becomes `null`, which is
 * invalid.
 */
export function copyItem<Item>(item: Item): Item {
  const copy = copyPlainData(item, () => true);
  const hasLostCondition = isPlainObject(copy) && !(CONDITION in copy) && CONDITION in Object(item);
  return hasLostCondition ? { ...copy, [CONDITION]: null } : copy;
}

/**
 * Copies the items of an array, because the caller may change the array during the run.
 *
 * @throws {PersonaValidationError} if the items are not iterable, or cannot be read.
 */
export function resolveItems<Item>(functionName: string, items: Items<Item>): Items<Item> {
  let problem: string | undefined = UNREADABLE;
  try {
    if (Array.isArray(items)) return items.map(copyItem);
    const { [Symbol.iterator]: iterator, [Symbol.asyncIterator]: asyncIterator = iterator } = Object(items);
    problem = typeof asyncIterator === 'function' ? undefined : 'must be an iterable';
  } catch {
    // a getter throws, or a proxy is revoked
  }
  throwIfInvalid(functionName, problem ? [{ path: ['items'], message: problem }] : []);
  return items;
}

/** @throws {PersonaValidationError} if there are issues. */
export function throwIfInvalid(functionName: string, issues: readonly PersonaIssue[]): void {
  if (issues.length === 0) return;
  const details = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new PersonaValidationError(`${functionName}: invalid input, nothing was sent: ${details}`, {
    issues,
  });
}
