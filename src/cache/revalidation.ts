import type { Call } from '../core/call.js';
import type { Entry, LoadResult, Validators } from './types.js';

/** What an answer can be asked for again by. */
export const validators = ({ etag, lastModified }: Validators): Validators => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
});

/** Asks whether what is kept is still right, where the service has given a name or a time for it. */
export function conditional(call: Call, kept: Entry | undefined): Call {
  const condition: Record<string, string> | undefined =
    kept?.etag !== undefined
      ? { 'if-none-match': kept.etag }
      : kept?.lastModified !== undefined
        ? { 'if-modified-since': kept.lastModified }
        : undefined;
  return condition ? { ...call, headers: { ...call.headers, ...condition }, isConditional: true } : call;
}

/** The service has confirmed what is kept. */
export const asBefore = <Data>(answered: LoadResult<Data>, held: Entry): LoadResult<Data> => ({
  ...validators(held),
  ...answered,
  status: held.status,
  data: held.kept.copy() as Data,
});
