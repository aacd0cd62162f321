import { createHash } from 'node:crypto';
import { isInvalid, type Row } from './types.js';

/** Creates a function that marks duplicate rows as invalid. The function stores only a short digest per row, to limit memory. */
export function createDuplicateMarker(): (row: Row) => Row {
  const firstRowByDigest = new Map<string, number>();
  return (row) => {
    if (isInvalid(row)) return row;
    const { number, raw, fraction } = row;
    const digest = createHash('sha256').update(raw).digest('base64').slice(0, 16);
    const firstRow = firstRowByDigest.get(digest);
    if (firstRow !== undefined) return { number, raw, fraction, reason: `duplicates row ${firstRow}` };
    firstRowByDigest.set(digest, number);
    return row;
  };
}
