import { UNREADABLE } from '../schemas/plain-data.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';

/** Whether a value is valid, and the message if it is not. */
export type OptionRule = readonly [isValid: (value: never) => boolean, message: string];

/** A rule for each option of `Options`. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

export const anyValue: OptionRule = [() => true, ''];
export const booleanRule: OptionRule = [
  (value: unknown) => typeof value === 'boolean',
  'must be true or false',
];
export const textRule: OptionRule = [(value: unknown) => typeof value === 'string', 'must be a string'];
export const functionRule: OptionRule = [
  (value: unknown) => typeof value === 'function',
  'must be a function',
];
/** Accepts an object that has a method. */
export const methodRule = (method: string): OptionRule => [
  (value: unknown) => typeof Object(value)[method] === 'function',
  `must have the method ${method}`,
];
/** Accepts a finite number of at least `min`. */
export const numberRule = (min: number): OptionRule => [
  (value: unknown) => Number.isFinite(value) && Number(value) >= min,
  `must be a number of at least ${min}`,
];

type InvalidOption = readonly [name: string, message: string];

/**
 * Finds unknown options and invalid values. `undefined` is valid. If `options` is not an object or cannot be read, returns one entry
 * for `options`.
 */
export function findInvalidOptions<Options extends object>(
  options: Options,
  rules: OptionRules<Options>,
): InvalidOption[] {
  if (Object(options) !== options) return [['options', 'must be an object']];
  const ruleByName = new Map<string, OptionRule>(Object.entries(rules));
  try {
    return Object.entries(options).flatMap(([name, value]): InvalidOption[] => {
      const [isValid, message = unknownNameMessage(name, [...ruleByName.keys()])] =
        ruleByName.get(name) ?? [];
      return isValid && (value === undefined || isValid(value as never)) ? [] : [[name, message]];
    });
  } catch {
    return [['options', UNREADABLE]];
  }
}

/**
 * Checks the options of a function that cannot use zod, because its subpath has no dependencies.
 *
 * @param source names the function in the error message.
 * @param requiredName an option that must not be `undefined`.
 * @throws {TypeError} for an unknown, invalid or missing option.
 */
export function assertOptions<Options extends object>(
  source: string,
  options: Options,
  rules: OptionRules<Options>,
  requiredName?: keyof Options & string,
): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${source}: the options must be an object`);
  for (const [name, message] of findInvalidOptions(options, rules))
    throw new TypeError(`${source}: ${name} ${message}`);
  if (requiredName !== undefined && options[requiredName] === undefined)
    throw new TypeError(`${source}: ${requiredName} ${rules[requiredName][1]}`);
}

/** Checks the options of a function that has only one option. Suggests no names, which keeps bundles small. */
export function assertOnlyOption(source: string, options: object, option: string): void {
  if (Object(options) !== options) throw new TypeError(`${source}: the options must be an object`);
  for (const name of Object.keys(options))
    if (name !== option) throw new TypeError(`${source}: ${name} is not known. The only option is ${option}`);
}
