import type { ClientOptions, Dialect, Persona, PersonaClient, PersonaCreate } from 'persona-client';
import { PersonaNotFoundError } from 'persona-client';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** What the tests know about the service. */
export interface ServiceFacts {
  readonly dialect: Dialect;
  /** Whether it is the `subresource` service as published, which cannot show the maps of `behavioral`. */
  readonly published: boolean;
  /** Whether the service requires tokens. Its clients then have credentials. */
  readonly auth: boolean;
}

/** The service that the contract suite tests: a local one or one that is already running. */
export interface ServiceUnderTest extends ServiceFacts {
  /** Creates a client with its own cache. The caller closes it. */
  client(options?: ClientOptions): PersonaClient;
  /** Returns the name of the next persona. By default, names are random, because the service may contain other personas. */
  createName?(): string;
  close(): Promise<void>;
}

/** What the tests of a behavior use. Each test deletes the personas that it creates and writes to no others. */
export interface ContractContext extends ServiceFacts {
  /** Shared by all tests, so its cache contains earlier reads. */
  readonly client: PersonaClient;
  /** Creates another client, which is closed when the test ends. */
  connect(options?: ClientOptions): PersonaClient;
  create(data?: PersonaCreate): Promise<Persona>;
  /** Creates personas and returns them in list order: newest first. */
  createMany(count: number): Promise<Persona[]>;
  /** An id that no persona has. The id of a deleted persona would not do: services on SQLite use it again. */
  readonly missingId: number;
}

export function createContractContext(connect: () => Promise<ServiceUnderTest>): ContractContext {
  let service: ServiceUnderTest | undefined;
  let sharedClient: PersonaClient | undefined;
  const get = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('used before the tests started');
    return value;
  };
  beforeAll(async () => {
    service = await connect();
    sharedClient = service.client();
  });
  afterAll(async () => {
    sharedClient?.close();
    await service?.close();
  });

  const createName = () => service?.createName?.() ?? `contract ${crypto.randomUUID()}`;

  async function create(data: PersonaCreate = { name: createName() }): Promise<Persona> {
    const created = await get(sharedClient).personas.create(data);
    onTestFinished(() => remove(created.id));
    return created;
  }
  async function remove(id: number): Promise<void> {
    try {
      await get(sharedClient).personas.delete(id);
    } catch (error) {
      if (!(error instanceof PersonaNotFoundError)) throw error;
    }
  }

  return {
    get dialect() {
      return get(service).dialect;
    },
    get published() {
      return get(service).published;
    },
    get auth() {
      return get(service).auth;
    },
    get client() {
      return get(sharedClient);
    },
    connect: (options) => {
      const client = get(service).client(options);
      onTestFinished(() => client.close());
      return client;
    },
    create,
    createMany: async (count) => {
      const created: Persona[] = [];
      while (created.length < count) created.unshift(await create());
      return created;
    },
    missingId: 2_000_000_011,
  };
}
