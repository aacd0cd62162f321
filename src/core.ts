import { noCache, ResponseCache } from './cache/index.js';
import { Deployment } from './dialect.js';
import { askFieldConfig } from './endpoints/field-config.js';
import { probeDialect } from './endpoints/persona-list.js';
import { Events } from './events.js';
import { isInTheClear } from './origin.js';
import { Closing } from './pipeline/abort.js';
import { alwaysClosed, breaker as createBreaker } from './pipeline/breaker.js';
import { createPipeline, createWire } from './pipeline/index.js';
import type { Settings } from './settings.js';

type Core = ReturnType<typeof createCore>;

/** What a client is made of: its own core, or, as an identity view, another client's. */
export class View {
  readonly settings: Settings;
  readonly core: Core;
  /** Ends the calls of this view; those of a client end its views' too. */
  readonly closing: Closing;

  constructor(settings: Settings, core?: Core) {
    this.settings = settings;
    this.core = core ?? createCore(settings);
    this.closing = core ? new Closing(core.closing) : this.core.closing;
  }
}

/** What a client and its identity views have in common: everything but who is calling. */
function createCore(settings: Settings) {
  const events = new Events();
  if (settings.allowInsecureAuth && isInTheClear(settings.baseUrl))
    queueMicrotask(() => events.emit('insecure', { origin: new URL(settings.baseUrl).origin }));
  const closing = new Closing();
  const breaker = settings.breaker ? createBreaker(settings.breaker, events) : alwaysClosed;
  const cache = settings.cache ? new ResponseCache(settings.cache, events) : noCache;
  const deployment = new Deployment(settings.dialect, events);
  const wire = createWire(settings, deployment, events);
  const execute = createPipeline({
    options: settings,
    deployment,
    cache,
    breaker,
    wire,
    events,
    probe: probeDialect,
    fieldConfig: askFieldConfig,
  });
  /** Stop what runs for no call. */
  const close = () => {
    cache.close();
    breaker.close();
  };
  return { events, closing, breaker, cache, wire, execute, close };
}
