// A client is part of reactive state: Vue's reactive(), ref() or data(), a Pinia store, valtio. All wrap it in a Proxy.
// Every method then throws a raw "TypeError: Cannot read private member #run", close() and as() included.
// persona-client/query names Vue as supported. Public objects should have no private fields (#x): use closures or TypeScript's `private`.
// The Proxy below works like Vue's: it wraps every object that is read from it, and is `this` in every method.
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPersonaService } = await load('testing.js');
const proxies = new WeakMap();
const reactive = (target) => {
  if (!proxies.has(target))
    proxies.set(
      target,
      new Proxy(target, {
        get: (object, key, receiver) => {
          const value = Reflect.get(object, key, receiver);
          const isObject = typeof value === 'object' && value !== null && Object.isExtensible(value);
          return isObject && /^\[object (Object|Array)\]$/.test(Object.prototype.toString.call(value))
            ? reactive(value)
            : value;
        },
      }),
    );
  return proxies.get(target);
};
const service = createPersonaService();
const createClient = () => new PersonaClient({ fetch: service.fetch });
const firstId = async (iterator) => {
  for await (const persona of iterator) return persona.id;
};
const uses = {
  'personas.get': (client) => client.personas.get(1),
  'personas.list': (client) => client.personas.list(),
  'personas.iterate': (client) => firstId(client.personas.iterate()),
  'personas.update': (client) => client.personas.update(1, { name: 'Renamed' }),
  'demographic.get': (client) => client.demographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, { lifestyle: 'x' }),
  'fieldConfig.get': (client) => client.fieldConfig.get(),
  'schema.get': (client) => client.schema.get(),
  'health.check': (client) => client.health.check(),
  'auth.session': (client) => client.auth.session(),
  'withMeta.personas.get': (client) => client.withMeta.personas.get(1),
  'cache.stats': (client) => client.cache.stats(),
  circuit: (client) => client.circuit,
  allows: (client) => client.allows('personas.delete'),
  on: (client) => client.on('callStart', () => {}),
  'as, then get': (client) => client.as({ token: 't' }).personas.get(1),
  close: (client) => client.close(),
};
for (const [name, use] of Object.entries(uses)) {
  const direct = await settle(Promise.resolve(createClient()).then(use));
  const { error } = await settle(Promise.resolve(createClient()).then((client) => use(reactive(client))));
  if (direct.error && !(direct.error instanceof TypeError)) continue; // This service does not offer it.
  check(
    `${name} of a client in reactive state`,
    error === undefined,
    `${error?.name}: ${error?.message}`,
    'the outcome without a Proxy',
  );
}
const page = await createClient().personas.list({ perPage: 2 });
const next = await settle(reactive(page).nextPage());
check(
  '(control) nextPage() of a page in reactive state',
  next.value?.page === 2,
  next.error?.message,
  'page 2',
);
await service.close();
finish();
