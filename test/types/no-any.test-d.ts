import type * as api from 'persona-client';
import { expectTypeOf, it } from 'vitest';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Whether a type contains `any` in a member, parameter or result, down to a depth. */
type ContainsAny<T, Depth extends unknown[] = [0, 0, 0, 0, 0]> =
  IsAny<T> extends true
    ? true
    : Depth extends [unknown, ...infer Rest]
      ? T extends string | number | boolean | bigint | symbol | null | undefined | Platform
        ? never
        : T extends (...args: infer Args) => infer Result
          ? ContainsAny<Args[number], Rest> | ContainsAny<Result, Rest>
          : T extends readonly (infer Item)[]
            ? ContainsAny<Item, Rest>
            : T extends Promise<infer Value>
              ? ContainsAny<Value, Rest>
              : T extends AsyncGenerator<infer Value, void, void>
                ? ContainsAny<Value, Rest>
                : { [Key in keyof T]-?: ContainsAny<T[Key], Rest> }[keyof T]
      : never;

/** Types of the platform that contain `any`. */
type Platform = AbortSignal | Date | typeof globalThis.fetch;

it('the check finds every `any`', () => {
  expectTypeOf<ContainsAny<{ a: { b: (c: { d: unknown }) => Promise<string[]> } }>>().toEqualTypeOf<never>();
  // biome-ignore lint/suspicious/noExplicitAny: the type to find
  type Any = any;
  expectTypeOf<ContainsAny<Any>>().toEqualTypeOf<true>();
  expectTypeOf<ContainsAny<{ a: { b: Any } }>>().toEqualTypeOf<true>();
  expectTypeOf<ContainsAny<(a: string, b?: { c: Any }) => void>>().toEqualTypeOf<true>();
  expectTypeOf<ContainsAny<() => Promise<{ a: Any[] }>>>().toEqualTypeOf<true>();
  expectTypeOf<ContainsAny<{ a: AsyncGenerator<Any, void, void> }>>().toEqualTypeOf<true>();
});

it('no public type contains any', () => {
  expectTypeOf<ContainsAny<api.PersonaClient>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['personas']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['demographic']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['psychographic']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['behavioral']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['contextual']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['fieldConfig']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['schema']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['health']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaClient['withMeta']>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.Auth>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.ClientOptions>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.RequestOptions<api.Persona>>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaEvents>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.CallMeta>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaPage>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaError>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaTimeoutError>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.PersonaValidationError>>().toEqualTypeOf<never>();
  expectTypeOf<ContainsAny<api.FieldConfig>>().toEqualTypeOf<never>();
});

it('no parameter or result is any', () => {
  type Api = api.PersonaClient;
  expectTypeOf<Parameters<Api['personas']['list']>[number]>().not.toBeAny();
  expectTypeOf<Awaited<ReturnType<Api['schema']['get']>>['schema'][string]>().toEqualTypeOf<unknown>();
  expectTypeOf<api.PersonaError['cause']>().toEqualTypeOf<unknown>();
  expectTypeOf<api.PersonaEvents['response']['error']>().toEqualTypeOf<api.PersonaErrorCode | undefined>();
  expectTypeOf<api.OpenFields[string]>().not.toBeAny();
  expectTypeOf<ContainsAny<api.CustomPersona<api.AnyAttributes>>>().toEqualTypeOf<never>();
  expectTypeOf<api.ResultWithMeta<api.Persona>['data']>().not.toBeAny();
});
