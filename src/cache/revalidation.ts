import type { Call } from '../core/call.js';
import type { CachePolicy, Entry, LoadResult, Validators } from './types.js';

/** Picks the validators of a response, without undefined values. */
export const pickValidators = ({ etag, lastModified }: Validators): Validators => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
});

/** Picks the limits that the service sets for a response, without undefined values. */
export const pickLimits = ({
  maxAgeMs,
  mustRevalidate,
}: Omit<CachePolicy, 'storable'>): Omit<CachePolicy, 'storable'> => ({
  ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  ...(mustRevalidate === undefined ? {} : { mustRevalidate }),
});

/** Makes a request conditional if the cached entry has a validator. */
export function toRevalidation(call: Call, entry: Entry | undefined): Call {
  const { etag, lastModified } = entry ?? {};
  const [name, value] = etag === undefined ? ['if-modified-since', lastModified] : ['if-none-match', etag];
  return value === undefined || call.headers[name] === null
    ? call
    : { ...call, headers: { ...call.headers, [name]: value }, isRevalidation: true };
}

/** The result of a 304 response: the data of the entry that it confirms. */
export const confirmedResult = <Data>(loadResult: LoadResult<Data>, entry: Entry): LoadResult<Data> => ({
  ...pickValidators(entry),
  ...pickLimits(entry),
  ...loadResult,
  status: entry.status,
  invalidFields: entry.invalidFields,
  data: entry.value.copy() as Data,
});
