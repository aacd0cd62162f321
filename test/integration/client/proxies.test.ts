import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect, it, onTestFinished } from 'vitest';
import { findDifferences, HELD_OBJECTS, type Wrap } from '../../support/held-objects.js';

type Handler = Pick<ProxyHandler<object>, 'set' | 'deleteProperty' | 'defineProperty'>;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
/** These have internal slots, so no framework wraps them. */
const isBuiltIn = (value: object) =>
  /^\[object (?:Promise|Response|Date|Map)\]$/.test(Object.prototype.toString.call(value));

/** Wraps every object that is read, as Vue does, but also those of classes, errors and generators. */
function wrapReads(handler: Handler = {}): Wrap {
  const proxies = new WeakMap<object, unknown>();
  const wrap: Wrap = (value) => {
    if (!isObject(value) || isBuiltIn(value)) return value;
    const get: ProxyHandler<object>['get'] = (target, key, receiver) =>
      wrap(Reflect.get(target, key, receiver));
    const proxy = proxies.get(value) ?? new Proxy(value, { ...handler, get });
    proxies.set(value, proxy);
    return proxy as typeof value;
  };
  return wrap;
}

/** Wraps functions and what they return as well, as a membrane does. */
const wrapEverything: Wrap = (value) => {
  if (value instanceof Promise) return value.then(wrapEverything) as typeof value;
  if (typeof value !== 'function' && (!isObject(value) || isBuiltIn(value) || Array.isArray(value)))
    return value;
  return new Proxy(value as object, {
    get: (target, key, receiver) => {
      const member: unknown = Reflect.get(target, key, receiver);
      const { writable = true, configurable } = Object.getOwnPropertyDescriptor(target, key) ?? {
        configurable: true,
      };
      return configurable || writable ? wrapEverything(member) : member; // the others must not differ
    },
    apply: (target, self, args) => wrapEverything(Reflect.apply(target as () => unknown, self, args)),
  }) as typeof value;
};

/** Each method gets an object that inherits from the real one as `this`, as in a merged scope of Alpine. */
const changeThis: Wrap = (value) => {
  if (!isObject(value) || isBuiltIn(value) || value instanceof Error) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const self = Object.create(target);
      const member: unknown = Reflect.get(target, key, self);
      return typeof member === 'function' ? Object.assign(member.bind(self), member) : changeThis(member);
    },
  });
};

/** Copies the properties to another object with the same prototype, as a snapshot of valtio does. */
const copyDeeply: Wrap = (value) => {
  if (!isObject(value) || isBuiltIn(value) || value instanceof Error) return value;
  const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
  for (const key of Reflect.ownKeys(value)) {
    const { enumerable = false } = Object.getOwnPropertyDescriptor(value, key) ?? {};
    if (Array.isArray(value) && key === 'length') continue;
    const get = () => copyDeeply(Reflect.get(value, key));
    Object.defineProperty(copy, key, { get, enumerable, configurable: true });
  }
  return Object.freeze(copy) as typeof value;
};

/** Freezes plain objects and arrays, as Immer does with its state. */
const freezeDeeply: Wrap = (value) => {
  const isPlain =
    Array.isArray(value) || (isObject(value) && Object.getPrototypeOf(value) === Object.prototype);
  if (!isPlain) return value;
  for (const item of Object.values(Object.freeze(value) as object)) freezeDeeply(item);
  return value;
};

const ignoreWrites: Handler = { set: () => true, deleteProperty: () => true, defineProperty: () => true };

it.each<[string, Wrap]>([
  ['wraps every object', wrapReads()],
  ['wraps every object, and ignores writes', wrapReads(ignoreWrites)],
  ['wraps functions and their results', wrapEverything],
  ['changes `this`', changeThis],
  ['copies the properties, and freezes the copy', copyDeeply],
  ['freezes plain objects', freezeDeeply],
])('everything that applications hold works in a state that %s', async (_, wrap) => {
  expect(await findDifferences(wrap)).toEqual([]);
});

/** The names of private properties, as in the API report. */
const PRIVATE = new Set(
  readdirSync('api').flatMap((file) =>
    [...readFileSync(`api/${file}`, 'utf8').matchAll(/^ +private readonly (\w+);/gm)].map(([, name]) => name),
  ),
);
/** What the types do not have, and what errors and functions have by themselves. */
const NOT_PUBLIC =
  /^withMeta\.personas\.iterate$|^faults\.select$|persona-client\.transport|prototype|(?:^|\.)(?:stack|length|name)$/;
const ROOTS: readonly unknown[] = [Object.prototype, Function.prototype, Array.prototype, Error.prototype];

/** Lists the methods and getters of an object and of the objects in its properties, by path. */
function listMembers(object: object, path = ''): string[] {
  const found = new Set<string>();
  for (let owner = object; owner && !ROOTS.includes(owner); owner = Object.getPrototypeOf(owner))
    for (const key of Reflect.ownKeys(owner)) {
      if (key === 'constructor' || key === Symbol.toStringTag || PRIVATE.has(String(key))) continue;
      const value: unknown = Reflect.get(object, key);
      const isGetter = Object.getOwnPropertyDescriptor(owner, key)?.get !== undefined;
      if (isGetter || typeof value === 'function') found.add(`${path}${String(key)}`);
      const isNested = isObject(value) && !isBuiltIn(value) && !Array.isArray(value) && !isGetter;
      if (isNested || typeof value === 'function')
        for (const member of listMembers(value as object, `${path}${String(key)}.`)) found.add(member);
    }
  return [...found];
}

it.each(Object.entries(HELD_OBJECTS))('the uses of %s name every member', async (_, { create, uses }) => {
  const object = (await create((cleanUp) => onTestFinished(async () => void (await cleanUp())))) as object;
  const missing = listMembers(object).filter((member) => !(member in uses));
  expect(missing.filter((member) => !NOT_PUBLIC.test(member))).toEqual([]);
});

it('no property of a client leads to its credentials or tokens', async () => {
  const service = createPersonaService({ auth: { users: { admin: 'top secret' } } });
  onTestFinished(() => service.close());
  const auth = { username: 'admin', password: 'top secret' };
  const client = new PersonaClient({ fetch: service.fetch, auth });
  onTestFinished(() => client.close());
  await client.personas.get(1);
  const token = service.requests.at(-1)?.headers.authorization?.slice('Bearer '.length) ?? '';
  expect(token).not.toBe('');
  for (const holder of [client, client.as(auth), client.auth, client.withMeta]) {
    const text = inspect(holder, { depth: 20, showHidden: true }) + JSON.stringify(holder);
    expect(text.includes('top secret') || text.includes(token)).toBe(false);
  }
});
