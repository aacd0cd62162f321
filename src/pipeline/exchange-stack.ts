import type { ResolvedOptions } from '../config/resolve-options.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { ServiceProfile } from '../core/service-profile.js';
import { exchange } from './exchange.js';
import type { Send, Transport } from './layer.js';
import { observe } from './observe.js';

/** Composes the innermost layers: observe -> exchange. */
export const createExchangeStack = (
  { maxResponseBytes }: ResolvedOptions,
  transport: Transport,
  profile: ServiceProfile,
  events: EventEmitter,
): Send => observe(events, profile)(exchange(transport, maxResponseBytes));
