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
  UpdateOptions,
} from 'persona-client';
import { describe, expectTypeOf, it } from 'vitest';

declare const client: PersonaClient;
declare const persona: Persona;

type Fallback<Result> = NonNullable<RequestOptions<Result>['fallback']>;

describe('request options', () => {
  it('require a fallback that returns the result type of the method', () => {
    expectTypeOf(client.personas.get).parameter(1).toEqualTypeOf<RequestOptions<Persona> | undefined>();
    expectTypeOf(client.personas.list).parameter(1).toEqualTypeOf<RequestOptions<PersonaPage> | undefined>();
    expectTypeOf(client.personas.delete).parameter(1).toEqualTypeOf<RequestOptions<void> | undefined>();
    expectTypeOf(client.demographic.update)
      .parameter(2)
      .toEqualTypeOf<UpdateOptions<Demographic> | undefined>();
    expectTypeOf<Fallback<Persona>>().parameters.toEqualTypeOf<[error: PersonaError]>();
    expectTypeOf<Fallback<Persona>>().returns.toEqualTypeOf<Persona | Promise<Persona>>();
  });

  it('reject unknown names and wrong types', () => {
    void client.personas.get(1, { fallback: () => persona });
    void client.personas.get(1, { fallback: async () => persona, cache: { ttlMs: 5 }, retry: { limit: 1 } });
    // @ts-expect-error a fallback returns the result type of the method
    void client.personas.get(1, { fallback: () => 'nobody' });
    // @ts-expect-error a persona instead of a page
    void client.personas.list({}, { fallback: () => persona });
    // @ts-expect-error also in withMeta, a fallback returns the data
    void client.withMeta.personas.get(1, { fallback: () => ({ data: persona }) });
    // @ts-expect-error the option is `timeoutMs`
    void client.personas.get(1, { timeout: 5 });
    // @ts-expect-error `false` disables, and `true` is not allowed
    void client.personas.get(1, { retry: true });
    // @ts-expect-error a duration is a number
    void client.personas.get(1, { timeoutMs: '5s' });
    // @ts-expect-error no such cache mode
    void client.personas.get(1, { cache: 'force-cache' });
    // @ts-expect-error a controller instead of its signal
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

  it('reject unknown names and wrong types', () => {
    const options = (clientOptions: ClientOptions) => clientOptions;
    // @ts-expect-error unknown option
    options({ baseURL: 'http://x' });
    // @ts-expect-error unknown retry option
    options({ retry: { times: 3 } });
    // @ts-expect-error `false` disables, and `true` is not allowed
    options({ retry: true });
    // @ts-expect-error a limit is a number
    options({ retry: { limit: '3' } });
    // @ts-expect-error no such dialect
    options({ dialect: 'klingon' });
    // @ts-expect-error a user name without password
    options({ auth: { username: 'ada' } });
    // @ts-expect-error unknown cache option
    options({ cache: { ttl: 5 } });
    options({ cache: { ttlMsFor: { 'personas.list': 5, 'contextual.get': 0 } } });
    // @ts-expect-error: the operation is not cached
    options({ cache: { ttlMsFor: { 'schema.get': 5 } } });
    // @ts-expect-error: writes are not cached
    options({ cache: { ttlMsFor: { 'demographic.update': 5 } } });
    // @ts-expect-error unknown breaker option
    options({ breaker: { threshold: 5 } });
  });
});

describe('events', () => {
  it('are typed by name', () => {
    expectTypeOf(client.on).returns.toEqualTypeOf<() => void>();
    expectTypeOf<PersonaEvents['retry']>().toExtend<CallEvent & { delayMs: number; attempt: number }>();
    client.on('circuit', (event) => expectTypeOf(event.state).toEqualTypeOf<CircuitState>());
    client.on('dialect', (event) => expectTypeOf(event.dialect).toEqualTypeOf<Dialect>());
    client.on('token', (event) => expectTypeOf(event.ok).toEqualTypeOf<boolean>());
    // @ts-expect-error no such event
    client.on('retries', () => {});
    // @ts-expect-error events contain no token
    client.on('token', ({ token }) => token);
  });
});
