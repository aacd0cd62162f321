import type { ClientOptions, Dialect, Persona, PersonaClient, PersonaCreate } from 'persona-client';
import { PersonaNotFoundError } from 'persona-client';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** A service that the contract is held against: a local one, or one that was running before. */
export interface Deployed {
  readonly dialect: Dialect;
  /** It asks for tokens, and the clients it gives have them. */
  readonly auth: boolean;
  /** A client of its own cache; its user closes it. */
  client(options?: ClientOptions): PersonaClient;
  close(): Promise<void>;
}

/** What a behaviour works with. Whatever it creates is deleted when its test is over; nothing else is written to. */
export interface Bench {
  readonly dialect: Dialect;
  readonly auth: boolean;
  /** Shared by all behaviours, so its cache has seen things. */
  readonly client: PersonaClient;
  /** Another client, for the length of a test. */
  connect(options?: ClientOptions): PersonaClient;
  create(data?: PersonaCreate): Promise<Persona>;
  /** As many personas as asked for, the last one created first, as lists have them. */
  createMany(count: number): Promise<Persona[]>;
  /** An id that a persona had and none will have again. */
  missingId(): Promise<number>;
}

export function workbench(connect: () => Promise<Deployed>): Bench {
  let deployed: Deployed | undefined;
  let shared: PersonaClient | undefined;
  const get = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('used before the tests run');
    return value;
  };
  beforeAll(async () => {
    deployed = await connect();
    shared = deployed.client();
  });
  afterAll(async () => {
    shared?.close();
    await deployed?.close();
  });

  async function create(data: PersonaCreate = { name: `contract ${crypto.randomUUID()}` }): Promise<Persona> {
    const created = await get(shared).personas.create(data);
    onTestFinished(() => remove(created.id));
    return created;
  }
  async function remove(id: number): Promise<void> {
    try {
      await get(shared).personas.delete(id);
    } catch (error) {
      if (!(error instanceof PersonaNotFoundError)) throw error;
    }
  }

  return {
    get dialect() {
      return get(deployed).dialect;
    },
    get auth() {
      return get(deployed).auth;
    },
    get client() {
      return get(shared);
    },
    connect: (options) => {
      const client = get(deployed).client(options);
      onTestFinished(() => client.close());
      return client;
    },
    create,
    createMany: async (count) => {
      const created: Persona[] = [];
      while (created.length < count) created.unshift(await create());
      return created;
    },
    missingId: async () => {
      const { id } = await create();
      await remove(id);
      return id;
    },
  };
}
