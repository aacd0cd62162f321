import type { Call } from '../core/call.js';
import type { CachedValue } from './cached-value.js';
import type { LoadResult, TagVersions } from './types.js';

/** The result of a read, for the caller that started it and those that joined it. */
export interface ReadResult {
  /** Returned to the caller that started the read. */
  readonly loadResult: LoadResult<unknown>;
  /** Copied for every caller that joined the read. */
  readonly value: CachedValue;
  readonly source: 'network' | 'revalidated';
}

/** A read that needs a request. */
export interface PendingRead {
  readonly key: string;
  readonly call: Call;
  readonly tags: readonly string[];
  /** Versions of the tags before the request. Undefined without a shared store. */
  readonly versions: TagVersions | undefined;
  /** The longest TTL that a waiting caller sets, in milliseconds. */
  ttlMs: number;
}
