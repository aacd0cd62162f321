import type * as api from 'persona-client';
import { expectTypeOf, it } from 'vitest';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Whether `any` stands anywhere in a type: in a member, a parameter, a result, down to the given depth. */
type HoldsAny<T, Depth extends unknown[] = [0, 0, 0, 0, 0]> =
  IsAny<T> extends true
    ? true
    : Depth extends [unknown, ...infer Rest]
      ? T extends string | number | boolean | bigint | symbol | null | undefined | Platform
        ? never
        : T extends (...args: infer Args) => infer Result
          ? HoldsAny<Args[number], Rest> | HoldsAny<Result, Rest>
          : T extends readonly (infer Item)[]
            ? HoldsAny<Item, Rest>
            : T extends Promise<infer Value>
              ? HoldsAny<Value, Rest>
              : T extends AsyncGenerator<infer Value, void, void>
                ? HoldsAny<Value, Rest>
                : { [Key in keyof T]-?: HoldsAny<T[Key], Rest> }[keyof T]
      : never;

/** Types of the platform, with an `any` of their own. */
type Platform = AbortSignal | typeof globalThis.fetch;

it('the check sees an `any` wherever it is', () => {
  expectTypeOf<HoldsAny<{ a: { b: (c: { d: unknown }) => Promise<string[]> } }>>().toEqualTypeOf<never>();
  // biome-ignore lint/suspicious/noExplicitAny: what is looked for
  type Any = any;
  expectTypeOf<HoldsAny<Any>>().toEqualTypeOf<true>();
  expectTypeOf<HoldsAny<{ a: { b: Any } }>>().toEqualTypeOf<true>();
  expectTypeOf<HoldsAny<(a: string, b?: { c: Any }) => void>>().toEqualTypeOf<true>();
  expectTypeOf<HoldsAny<() => Promise<{ a: Any[] }>>>().toEqualTypeOf<true>();
  expectTypeOf<HoldsAny<{ a: AsyncGenerator<Any, void, void> }>>().toEqualTypeOf<true>();
});

it('no public type holds one', () => {
  expectTypeOf<HoldsAny<api.PersonaClient>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['personas']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['demographic']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['psychographic']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['behavioral']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['contextual']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['fieldConfig']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['schema']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['health']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaClient['withMeta']>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.Auth>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.ClientOptions>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.RequestOptions<api.Persona>>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaEvents>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.CallMeta>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaPage>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaError>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaTimeoutError>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.PersonaValidationError>>().toEqualTypeOf<never>();
  expectTypeOf<HoldsAny<api.FieldConfig>>().toEqualTypeOf<never>();
});

it('nor does any parameter or result', () => {
  type Api = api.PersonaClient;
  expectTypeOf<Parameters<Api['personas']['list']>[number]>().not.toBeAny();
  expectTypeOf<Awaited<ReturnType<Api['schema']['get']>>['schema'][string]>().toEqualTypeOf<unknown>();
  expectTypeOf<api.PersonaError['cause']>().toEqualTypeOf<unknown>();
  expectTypeOf<api.PersonaEvents['response']['error']>().toEqualTypeOf<api.PersonaErrorCode | undefined>();
  expectTypeOf<api.Psychographic[string]>().not.toBeAny();
  expectTypeOf<api.ResultWithMeta<api.Persona>['data']>().not.toBeAny();
});
