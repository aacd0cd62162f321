import type { PersonaResponseError } from '../../core/errors/index.js';
import type { PersonaPage } from './list.js';

/** The part of a page that a scan uses. */
export type ScanPage = Omit<PersonaPage, 'nextPage'>;
export interface PageQuery {
  readonly page: number;
  readonly perPage: number;
}
export type ReadPage = (query: PageQuery) => Promise<ScanPage>;

/** Reads pages. A page without a usable row counts as an empty page, so that invalid data does not end a scan. */
export class PageReader {
  readonly #read: ReadPage;
  #firstError: unknown;

  constructor(read: ReadPage) {
    this.#read = read;
  }

  read(query: PageQuery): Promise<ScanPage> {
    return this.#read(query).catch((error: unknown) => {
      const { page: unusablePage } = error as Partial<PersonaResponseError>;
      if (unusablePage === undefined) throw error;
      this.#firstError ??= error;
      const { total, perPage } = unusablePage;
      return { ...unusablePage, items: [], pages: Math.ceil(total / perPage) };
    });
  }

  /**
   * Call after a scan.
   *
   * @throws the error of the first unusable page if no page had a usable row: the response may come from another service.
   */
  throwIfUnusable(usableRowCount: number): void {
    if (usableRowCount === 0 && this.#firstError !== undefined) throw this.#firstError;
  }
}
