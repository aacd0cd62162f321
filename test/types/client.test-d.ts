import type {
  Auth,
  CallMeta,
  ClientOptions,
  FieldConfig,
  HealthStatus,
  IterationReport,
  Persona,
  PersonaClient,
  PersonaIterator,
  PersonaPage,
  PersonaSchema,
  ResultWithMeta,
  SessionInfo,
} from 'persona-client';
import { describe, expectTypeOf, it } from 'vitest';

declare const client: PersonaClient;

describe('return types', () => {
  it('match the result of each personas method', () => {
    expectTypeOf(client.personas.list).returns.toEqualTypeOf<Promise<PersonaPage>>();
    expectTypeOf(client.personas.iterate).returns.toEqualTypeOf<PersonaIterator>();
    expectTypeOf(client.personas.toArray).returns.toEqualTypeOf<Promise<Persona[]>>();
    expectTypeOf(client.personas.get).returns.toEqualTypeOf<Promise<Persona>>();
    expectTypeOf(client.personas.create).returns.toEqualTypeOf<Promise<Persona>>();
    expectTypeOf(client.personas.update).returns.toEqualTypeOf<Promise<Persona>>();
    expectTypeOf(client.personas.delete).returns.toEqualTypeOf<Promise<void>>();
  });

  it('match the properties of a page', () => {
    expectTypeOf<PersonaPage['items']>().toEqualTypeOf<Persona[]>();
    expectTypeOf<PersonaPage['total']>().toEqualTypeOf<number>();
    expectTypeOf<PersonaPage['nextPage']>().returns.toEqualTypeOf<Promise<PersonaPage | undefined>>();
  });

  it('match the result of every other method', () => {
    expectTypeOf(client.fieldConfig.get).returns.toEqualTypeOf<Promise<FieldConfig>>();
    expectTypeOf(client.fieldConfig.get).parameter(0).toEqualTypeOf<string | undefined>();
    expectTypeOf(client.schema.get).returns.toEqualTypeOf<Promise<PersonaSchema>>();
    expectTypeOf<PersonaSchema['source']>().toEqualTypeOf<'service' | 'composed'>();
    expectTypeOf(client.health.check).returns.toEqualTypeOf<Promise<HealthStatus>>();
    expectTypeOf(client.auth).toEqualTypeOf<Auth>();
    expectTypeOf(client.auth.login).returns.toEqualTypeOf<Promise<SessionInfo>>();
    expectTypeOf(client.auth.refresh).returns.toEqualTypeOf<Promise<SessionInfo>>();
    expectTypeOf(client.auth.logout).returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf(client.auth.session).returns.toEqualTypeOf<Promise<SessionInfo>>();
    expectTypeOf(client.close).returns.toEqualTypeOf<void>();
    expectTypeOf(client).toExtend<Disposable>();
    expectTypeOf(client.circuit).toEqualTypeOf<'closed' | 'open' | 'half-open'>();
  });

  it('match what the constructor and fromEnv create', () => {
    expectTypeOf<typeof PersonaClient>().toBeConstructibleWith();
    expectTypeOf<typeof PersonaClient>().constructorParameters.toEqualTypeOf<
      [options?: ClientOptions | undefined]
    >();
    expectTypeOf<typeof PersonaClient.fromEnv>().returns.toEqualTypeOf<PersonaClient>();
    expectTypeOf<typeof PersonaClient.fromEnv>()
      .parameter(1)
      .toEqualTypeOf<Readonly<Record<string, string | undefined>> | undefined>();
  });
});

describe('withMeta', () => {
  const { withMeta } = client;

  it('has the same methods, with data and meta', () => {
    expectTypeOf(withMeta.personas.list).returns.toEqualTypeOf<Promise<ResultWithMeta<PersonaPage>>>();
    expectTypeOf(withMeta.personas.get).returns.toEqualTypeOf<Promise<ResultWithMeta<Persona>>>();
    expectTypeOf(withMeta.personas.create).returns.toEqualTypeOf<Promise<ResultWithMeta<Persona>>>();
    expectTypeOf(withMeta.personas.update).returns.toEqualTypeOf<Promise<ResultWithMeta<Persona>>>();
    expectTypeOf(withMeta.personas.delete).returns.toEqualTypeOf<Promise<ResultWithMeta<void>>>();
    expectTypeOf(withMeta.fieldConfig.get).returns.toEqualTypeOf<Promise<ResultWithMeta<FieldConfig>>>();
    expectTypeOf(withMeta.schema.get).returns.toEqualTypeOf<Promise<ResultWithMeta<PersonaSchema>>>();
    expectTypeOf(withMeta.health.check).returns.toEqualTypeOf<Promise<ResultWithMeta<HealthStatus>>>();
  });

  it('takes the same parameters', () => {
    expectTypeOf(withMeta.personas.list).parameters.toEqualTypeOf<Parameters<typeof client.personas.list>>();
    expectTypeOf(withMeta.personas.get).parameters.toEqualTypeOf<Parameters<typeof client.personas.get>>();
    expectTypeOf(withMeta.personas.create).parameters.toEqualTypeOf<
      Parameters<typeof client.personas.create>
    >();
    expectTypeOf(withMeta.contextual.update).parameters.toEqualTypeOf<
      Parameters<typeof client.contextual.update>
    >();
  });

  it('has all methods but iterate and auth', () => {
    expectTypeOf(withMeta.personas).not.toHaveProperty('iterate');
    expectTypeOf(withMeta.personas.toArray).returns.toEqualTypeOf<
      Promise<{ readonly data: Persona[]; readonly meta: IterationReport }>
    >();
    expectTypeOf(withMeta).not.toHaveProperty('auth');
  });

  it('returns the source of the result', () => {
    expectTypeOf<ResultWithMeta<Persona>['data']>().toEqualTypeOf<Persona>();
    expectTypeOf<ResultWithMeta<Persona>['meta']>().toEqualTypeOf<CallMeta>();
    expectTypeOf<CallMeta['source']>().toEqualTypeOf<
      'network' | 'deduplicated' | 'cache' | 'stale' | 'revalidated' | 'reconciled' | 'fallback' | 'built-in'
    >();
    expectTypeOf<CallMeta['status']>().toEqualTypeOf<number | undefined>();
  });
});
