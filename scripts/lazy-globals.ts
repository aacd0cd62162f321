/*
 * The build replaces these globals by their names here, in the code of this package and in the packages that it bundles. So the
 * package can be imported where they are missing, as in jsdom, and an error names what is missing when it is needed.
 */

function requireGlobal<Name extends 'TextEncoder' | 'TextDecoder'>(name: Name): (typeof globalThis)[Name] {
  const value = globalThis[name];
  if (value === undefined)
    throw new Error(
      `persona-client needs ${name}, which this runtime lacks. Assign one to globalThis.${name}.`,
    );
  return value;
}

/** Creates its encoder on first use. */
export class TextEncoder {
  encode(text?: string): Uint8Array {
    return new (requireGlobal('TextEncoder'))().encode(text);
  }
}

/** Creates its decoder on first use. */
export class TextDecoder {
  readonly #args: ConstructorParameters<typeof globalThis.TextDecoder>;
  #decoder: globalThis.TextDecoder | undefined;

  constructor(...args: ConstructorParameters<typeof globalThis.TextDecoder>) {
    this.#args = args;
  }

  decode(...args: Parameters<globalThis.TextDecoder['decode']>): string {
    this.#decoder ??= new (requireGlobal('TextDecoder'))(...this.#args);
    return this.#decoder.decode(...args);
  }
}

/** The wall clock replaces a missing monotonic clock. Both are read at each call, because tests replace them. */
export const performance = {
  now: (): number => (globalThis.performance as Performance | undefined)?.now() ?? Date.now(),
};
