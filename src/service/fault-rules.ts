import { anyValue, assertOptions, booleanRule, type OptionRules, textRule } from '../core/assert-options.js';
import type { FaultOptions } from './fault-types.js';

/** The rules of the options of every fault. `validateFault` checks the values. */
const COMMON_RULES: OptionRules<FaultOptions> = {
  match: [
    (value: unknown) => typeof value === 'object' && value !== null,
    'must be an object with method or path',
  ],
  times: anyValue,
  delayMs: anyValue,
  afterWrite: booleanRule,
};
const MATCH_RULES: OptionRules<NonNullable<FaultOptions['match']>> = {
  method: textRule,
  path: [
    (value: unknown) => typeof value === 'string' || value instanceof RegExp,
    'must be a string or a RegExp',
  ],
};
/** The properties of each kind of fault. */
const KIND_RULES = {
  status: { status: anyValue, body: anyValue, contentType: textRule, headers: anyValue },
  reset: { reset: anyValue },
  dropAfterBytes: { dropAfterBytes: anyValue },
  stall: { stall: anyValue },
  expireTokens: { expireTokens: anyValue },
};
type FaultKind = keyof typeof KIND_RULES;
export const FAULT_KINDS = Object.keys(KIND_RULES) as FaultKind[];

/**
 * @param source names the function in the error message.
 * @throws {TypeError} for a property that no fault of these kinds has.
 */
export function checkFaultNames(source: string, fault: object, kinds: readonly FaultKind[]): void {
  const rules = Object.assign({}, COMMON_RULES, ...kinds.map((kind) => KIND_RULES[kind]));
  assertOptions(source, fault, rules);
  const { match }: FaultOptions = fault;
  if (match) assertOptions(`${source}: match`, match, MATCH_RULES);
}
