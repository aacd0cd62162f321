import { parseInteger } from '../python.js';
import { requireSqliteInteger } from './columns.js';

/** The page that a list request selects, as its response reports it. */
export interface Paging {
  readonly page: bigint;
  readonly perPage: bigint;
}

/** Reads the `page` and `per_page` parameters by the rules of a service. */
export type ReadPaging = (query: URLSearchParams) => Paging;

const DEFAULT_PAGE = 1n;
const DEFAULT_PER_PAGE = 20n;
const MAX_PER_PAGE = 100n;

/**
 * Reads the parameters as `subresource` does: values out of range become the defaults.
 *
 * @throws {Error} if a value is not an integer.
 */
export const readStrictPaging: ReadPaging = (query) => {
  const page = readInteger(query, 'page', DEFAULT_PAGE);
  const perPage = readInteger(query, 'per_page', DEFAULT_PER_PAGE);
  if (page === undefined || perPage === undefined)
    throw new TypeError('invalid literal for int() with base 10');
  return {
    page: page < 1n ? DEFAULT_PAGE : page,
    perPage: perPage < 1n || perPage > MAX_PER_PAGE ? DEFAULT_PER_PAGE : perPage,
  };
};

/** Reads the parameters as `attributes` does: any integer counts, and other values become the defaults. */
export const readLenientPaging: ReadPaging = (query) => ({
  page: readInteger(query, 'page', DEFAULT_PAGE) ?? DEFAULT_PAGE,
  perPage: readInteger(query, 'per_page', DEFAULT_PER_PAGE) ?? DEFAULT_PER_PAGE,
});

/** Reads a parameter. Returns `undefined` if it is not an integer. */
function readInteger(query: URLSearchParams, name: string, defaultValue: bigint): bigint | undefined {
  const text = query.get(name);
  return text === null ? defaultValue : parseInteger(text);
}

/**
 * Converts a page to a range of rows. To SQLite, a negative limit is no limit, and a negative offset is 0.
 *
 * @throws {RangeError} if a number exceeds 64 bits.
 */
export function toRange({ page, perPage }: Paging): { offset: number; limit: number } {
  const limit = clamp(requireSqliteInteger(perPage));
  const offset = clamp(requireSqliteInteger((page - 1n) * perPage));
  return { offset: Math.max(0, offset), limit: limit < 0 ? Number.MAX_SAFE_INTEGER : limit };
}

const clamp = (value: bigint): number => Math.min(Number(value), Number.MAX_SAFE_INTEGER);

/**
 * Computes the `pages` of `attributes`: the quotient, rounded up by the formula of the service.
 *
 * @throws {RangeError} if `perPage` is 0.
 */
export function countPages(total: number, { perPage }: Paging): bigint {
  if (perPage === 0n) throw new RangeError('integer division or modulo by zero');
  const dividend = BigInt(total) + perPage - 1n;
  const isRoundedUp = dividend % perPage !== 0n && dividend < 0n !== perPage < 0n;
  return dividend / perPage - (isRoundedUp ? 1n : 0n);
}
