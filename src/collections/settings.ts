import { type PersonaIssue, PersonaValidationError } from '../index.js';
import type { CreateManyOptions } from './types.js';

export interface Settings extends Required<Omit<CreateManyOptions, 'signal' | 'onProgress' | 'journal'>> {
  readonly signal: CreateManyOptions['signal'];
  readonly onProgress: CreateManyOptions['onProgress'];
  readonly journal: CreateManyOptions['journal'];
}

const RULES: Readonly<Record<string, readonly [(value: never) => boolean, string]>> = {
  concurrency: [(value: number) => within(value, 1, 1_000), 'must be a whole number from 1 to 1000'],
  stopOnError: [(value: unknown) => typeof value === 'boolean', 'must be true or false'],
  signal: [(value: unknown) => value instanceof AbortSignal, 'must be an AbortSignal'],
  onProgress: [(value: unknown) => typeof value === 'function', 'must be a function'],
  journal: [(value: { append?: unknown }) => typeof value?.append === 'function', 'must be a Journal'],
  maxStallMs: [(value: number) => value >= 0, 'must be 0 or more'],
  onUnknownOutcome: [
    (value: string) => ['throw', 'reconcile'].includes(value),
    "must be 'throw' or 'reconcile'",
  ],
  lateWriteWindowMs: [
    (value: number) => within(value, 0, 2 ** 31 - 1),
    'must be a whole number from 0 to 2147483647',
  ],
};

const within = (value: number, low: number, high: number) =>
  Number.isSafeInteger(value) && value >= low && value <= high;

/** @throws {PersonaValidationError} naming each option that is unknown or impossible. */
export function settingsOf(name: string, options: CreateManyOptions): Settings {
  const issues: PersonaIssue[] = [];
  for (const [option, value] of Object.entries(options)) {
    const known = option !== 'onUnknownOutcome' || name === 'createMany';
    const [isRight, rule] = (known ? RULES[option] : undefined) ?? [];
    if (!isRight) issues.push({ path: [option], message: 'is not known here' });
    else if (value !== undefined && !isRight(value as never))
      issues.push({ path: [option], message: rule ?? '' });
  }
  if (options.journal && options.onUnknownOutcome === 'throw')
    issues.push({ path: ['onUnknownOutcome'], message: "must be 'reconcile' with a journal" });
  refuse(name, issues);
  const {
    journal,
    concurrency = 20,
    stopOnError = false,
    maxStallMs = 120_000,
    lateWriteWindowMs = 10_000,
  } = options;
  const { onUnknownOutcome = journal ? 'reconcile' : 'throw', signal, onProgress } = options;
  return {
    journal,
    concurrency,
    stopOnError,
    maxStallMs: maxStallMs,
    lateWriteWindowMs,
    onUnknownOutcome,
    signal,
    onProgress,
  };
}

/** @throws {PersonaValidationError} when there is an issue. */
export function refuse(name: string, issues: readonly PersonaIssue[]): void {
  if (issues.length === 0) return;
  const words = issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new PersonaValidationError(`${name}: invalid input, nothing was sent: ${words}`, { issues });
}
