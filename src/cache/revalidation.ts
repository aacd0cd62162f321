import type { Call } from '../core/call.js';
import type { Entry, LoadResult } from './types.js';

/** Makes a request conditional if the cached entry has a validator. */
export function toRevalidation(call: Call, entry: Entry | undefined): Call {
  const { etag, lastModified } = entry ?? {};
  const [name, value] = etag === undefined ? ['if-modified-since', lastModified] : ['if-none-match', etag];
  return value === undefined || call.headers[name] === null
    ? call
    : { ...call, headers: { ...call.headers, [name]: value }, isRevalidation: true };
}

/** The result of a 304 response: the data of the entry that it confirms. Limits and validators that the response lacks stay valid. */
export const confirmedResult = <Data>(
  loadResult: LoadResult<Data>,
  { value, status, invalidFields, ...entry }: Entry,
): LoadResult<Data> => ({ ...entry, ...loadResult, status, invalidFields, data: value.copy() as Data });
