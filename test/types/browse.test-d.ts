import type { AnyAttributes, Persona, PersonaClient } from 'persona-client';
import { type BrowsingPersona, browserOptions, type PersonaHeaders } from 'persona-client/browse';
import type { Browser } from 'playwright-core';
import { expectTypeOf, it } from 'vitest';

declare const browser: Browser;
declare const persona: Persona;

it('accepts every persona, whatever its custom fields', () => {
  expectTypeOf<Persona>().toExtend<BrowsingPersona>();
  type Any = Awaited<ReturnType<PersonaClient<AnyAttributes>['personas']['get']>>;
  expectTypeOf<Any>().toExtend<BrowsingPersona>();
  // @ts-expect-error a persona has none of these
  browserOptions({ name: 'Ada' });
});

it('returns options of a browser context in Playwright', () => {
  expectTypeOf(browserOptions(persona)).toExtend<Parameters<Browser['newContext']>[0]>();
  expectTypeOf(browser.newPage).toBeCallableWith({ ...browserOptions(persona), offline: true });
});

it('returns headers that fetch accepts', () => {
  expectTypeOf({ ...({} as PersonaHeaders) }).toExtend<HeadersInit>();
});
