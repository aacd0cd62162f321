import type {
  AuthOptions,
  CallEvent,
  CircuitState,
  ClientOptions,
  Demographic,
  Dialect,
  Persona,
  PersonaClient,
  PersonaError,
  PersonaEvents,
  PersonaPage,
  RequestOptions,
} from 'persona-client';
import { describe, expectTypeOf, it } from 'vitest';

declare const client: PersonaClient;
declare const persona: Persona;

type Fallback<Result> = NonNullable<RequestOptions<Result>['fallback']>;

describe('request options', () => {
  it('fall back to what the method gives', () => {
    expectTypeOf(client.personas.get).parameter(1).toEqualTypeOf<RequestOptions<Persona> | undefined>();
    expectTypeOf(client.personas.list).parameter(1).toEqualTypeOf<RequestOptions<PersonaPage> | undefined>();
    expectTypeOf(client.personas.delete).parameter(1).toEqualTypeOf<RequestOptions<void> | undefined>();
    expectTypeOf(client.demographic.update)
      .parameter(2)
      .toEqualTypeOf<RequestOptions<Demographic> | undefined>();
    expectTypeOf<Fallback<Persona>>().parameters.toEqualTypeOf<[error: PersonaError]>();
    expectTypeOf<Fallback<Persona>>().returns.toEqualTypeOf<Persona | Promise<Persona>>();
  });

  it('are taken where they fit', () => {
    void client.personas.get(1, { fallback: () => persona });
    void client.personas.get(1, { fallback: async () => persona, cache: { ttlMs: 5 }, retry: { limit: 1 } });
    // @ts-expect-error a fallback gives what the method gives
    void client.personas.get(1, { fallback: () => 'nobody' });
    // @ts-expect-error not a page, but a persona
    void client.personas.list({}, { fallback: () => persona });
    // @ts-expect-error the same with meta: the fallback gives the data
    void client.withMeta.personas.get(1, { fallback: () => ({ data: persona }) });
    // @ts-expect-error the name has its unit: timeoutMs
    void client.personas.get(1, { timeout: 5 });
    // @ts-expect-error off is false, and there is no on
    void client.personas.get(1, { retry: true });
    // @ts-expect-error a duration is a number
    void client.personas.get(1, { timeoutMs: '5s' });
    // @ts-expect-error no such cache mode
    void client.personas.get(1, { cache: 'force-cache' });
    // @ts-expect-error a signal, not its controller
    void client.personas.get(1, { signal: new AbortController() });
  });
});

describe('client options', () => {
  it('are all optional and typed', () => {
    expectTypeOf<Record<never, never>>().toExtend<ClientOptions>();
    expectTypeOf<ClientOptions['dialect']>().toEqualTypeOf<Dialect | 'auto' | undefined>();
    expectTypeOf<Dialect>().toEqualTypeOf<'subresource' | 'attributes'>();
    expectTypeOf<ClientOptions['auth']>().toEqualTypeOf<AuthOptions | undefined>();
    expectTypeOf<ClientOptions['fetch']>().toEqualTypeOf<typeof globalThis.fetch | undefined>();
  });

  it('are wrong where they are', () => {
    const options = (given: ClientOptions) => given;
    // @ts-expect-error unknown option
    options({ baseURL: 'http://x' });
    // @ts-expect-error unknown option of the retry
    options({ retry: { times: 3 } });
    // @ts-expect-error off is false, and there is no on
    options({ retry: true });
    // @ts-expect-error a limit is a number
    options({ retry: { limit: '3' } });
    // @ts-expect-error no such dialect
    options({ dialect: 'klingon' });
    // @ts-expect-error half a password
    options({ auth: { username: 'ada' } });
    // @ts-expect-error unknown option of the cache
    options({ cache: { ttl: 5 } });
    options({ cache: { ttlMsFor: { 'personas.list': 5, 'contextual.get': 0 } } });
    // @ts-expect-error: nothing of it is kept
    options({ cache: { ttlMsFor: { 'schema.get': 5 } } });
    // @ts-expect-error unknown option of the breaker
    options({ breaker: { threshold: 5 } });
  });
});

describe('events', () => {
  it('are given to listeners by their name', () => {
    expectTypeOf(client.on).returns.toEqualTypeOf<() => void>();
    expectTypeOf<PersonaEvents['retry']>().toExtend<CallEvent & { delayMs: number; attempt: number }>();
    client.on('circuit', (event) => expectTypeOf(event.state).toEqualTypeOf<CircuitState>());
    client.on('dialect', (event) => expectTypeOf(event.dialect).toEqualTypeOf<Dialect>());
    client.on('token', (event) => expectTypeOf(event.ok).toEqualTypeOf<boolean>());
    // @ts-expect-error no such event
    client.on('retries', () => {});
    // @ts-expect-error no event has a token
    client.on('token', ({ token }) => token);
  });
});
