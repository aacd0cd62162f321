import {
  anyValue,
  assertOptions,
  booleanRule,
  numberRule,
  type OptionRule,
  type OptionRules,
  textRule,
} from '../core/assert-options.js';
import type { FaultOptions } from './fault-types.js';

/** Accepts a number of at least 0, also `Infinity`. */
const amountRule: OptionRule = [
  (value: unknown) => typeof value === 'number' && value >= 0,
  'must be a number of at least 0',
];

/** The rules of the options of every fault. */
const COMMON_RULES: OptionRules<FaultOptions> = {
  match: [
    (value: unknown) => typeof value === 'object' && value !== null,
    'must be an object with method or path',
  ],
  times: amountRule,
  delayMs: numberRule(0),
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
  status: {
    status: [
      (value: unknown) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
      'must be a whole number from 200 to 599',
    ],
    body: anyValue,
    contentType: textRule,
    headers: anyValue,
  },
  reset: { reset: anyValue },
  dropAfterBytes: { dropAfterBytes: amountRule },
  stall: { stall: anyValue },
  expireTokens: {
    expireTokens: [(value: string) => ['access', 'all'].includes(value), "must be 'access' or 'all'"],
  },
} satisfies Record<string, Record<string, OptionRule>>;
type FaultKind = keyof typeof KIND_RULES;
export const FAULT_KINDS = Object.keys(KIND_RULES) as FaultKind[];

/**
 * @param source names the function in the error message.
 * @throws {TypeError} for a property that no fault of these kinds has, and for an invalid value.
 */
export function checkFault(source: string, fault: object, kinds: readonly FaultKind[]): void {
  const rules = Object.assign({}, COMMON_RULES, ...kinds.map((kind) => KIND_RULES[kind]));
  assertOptions(source, fault, rules);
  const { match }: FaultOptions = fault;
  if (match) assertOptions(`${source}: match`, match, MATCH_RULES);
}
