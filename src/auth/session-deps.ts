import type { ResolvedOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { ClientCode } from './client-code.js';
import type { RefreshPauses } from './refresh-pauses.js';
import type { AuthRequests } from './requests.js';

/** Removes the entries of an identity from the cache. */
export type ClearCache = (identity: string) => Promise<void>;

export interface SessionDeps {
  readonly code: ClientCode;
  readonly options: ResolvedOptions;
  /** Identity at the start of the session. */
  readonly identity: string;
  readonly requests: AuthRequests;
  readonly events: EventEmitter;
  /** Shared by a client and its views. */
  readonly pauses: RefreshPauses;
  /** Aborts when the client is closed. */
  readonly closeSignal: AbortSignalLike;
  /** Aborts when the client or view of this identity is closed. */
  readonly viewCloseSignal: AbortSignalLike;
  readonly clearCache: ClearCache;
}
