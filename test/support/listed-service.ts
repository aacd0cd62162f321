import type { Dialect } from 'persona-client';
import { PERSONAS_PATH } from './personas.js';

export interface ListedRow {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** The list omits the row, and `total` counts it. */
  readonly isHidden: boolean;
}

export interface PageQuery {
  readonly page: number;
  readonly perPage: number;
}

interface PageBody {
  readonly personas: readonly object[];
  readonly total: number;
  readonly page: number;
  readonly per_page: number;
}

export interface ListedServiceOptions {
  readonly dialect: Dialect;
  /** Replaces the query of a request, as a proxy in front of the service may do. @default none */
  readonly rewriteQuery?: (query: PageQuery) => PageQuery;
  /** Replaces a page of the list, as a faulty service may do. @default none */
  readonly rewritePage?: (body: PageBody, query: PageQuery) => object;
  /** Runs before each request to the list. @default nothing */
  readonly beforeList?: (service: ListedService) => void;
}

/**
 * A service with a list that can be wrong in the ways of deployed ones. As SQLite does, it gives the highest id plus one to a
 * new persona. The only field of a category is `lifestyle`, the name of the persona.
 */
export class ListedService {
  readonly requests: string[] = [];
  /** Sorted by update time, newest first. */
  rows: ListedRow[] = [];
  readonly #options: ListedServiceOptions;
  #microseconds = 1_000_000;

  constructor(options: ListedServiceOptions) {
    this.#options = options;
  }

  get listRequests(): number {
    return this.requests.filter((line) => line.startsWith(`GET ${PERSONAS_PATH}?`)).length;
  }

  get visibleIds(): number[] {
    return this.rows.filter(({ isHidden }) => !isHidden).map(({ id }) => id);
  }

  create(name: string, isHidden = false): ListedRow {
    const id = Math.max(0, ...this.rows.map((row) => row.id)) + 1;
    const now = this.#now();
    const row = { id, name, created_at: now, updated_at: now, isHidden };
    this.rows.unshift(row);
    return row;
  }

  touch(id: number): void {
    const row = this.rows.find((candidate) => candidate.id === id);
    if (!row) return;
    this.delete(id);
    this.rows.unshift({ ...row, updated_at: this.#now() });
  }

  delete(id: number): boolean {
    const count = this.rows.length;
    this.rows = this.rows.filter((row) => row.id !== id);
    return this.rows.length < count;
  }

  readonly fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams, search } = new URL(String(input));
    const { method = 'GET' } = init;
    this.requests.push(`${method} ${pathname}${search}`);
    if (pathname === PERSONAS_PATH && method === 'POST')
      return Response.json(toBody(this.create(JSON.parse(String(init.body)).name)), { status: 201 });
    if (pathname === PERSONAS_PATH) {
      this.#options.beforeList?.(this);
      return Response.json(
        this.#list({
          page: Number(searchParams.get('page') ?? 1),
          perPage: Number(searchParams.get('per_page') ?? 20),
        }),
      );
    }
    const [id, category] = parsePath(pathname);
    const row = this.rows.find((candidate) => candidate.id === id);
    if (!row) return this.#error(404, `Persona with ID ${id} not found`);
    if (method === 'DELETE') {
      this.delete(id);
      return Response.json({ message: `Persona ${id} deleted successfully` });
    }
    if (category) return Response.json({ lifestyle: row.name });
    return row.isHidden ? this.#error(500, 'Failed to retrieve persona') : Response.json(toBody(row));
  };

  #list(asked: PageQuery): object {
    const { dialect, rewriteQuery, rewritePage } = this.#options;
    const { page, perPage: askedSize } = rewriteQuery?.(asked) ?? asked;
    const perPage = dialect === 'subresource' && askedSize > 100 ? 20 : askedSize;
    const rows = this.rows.slice((page - 1) * perPage, page * perPage).filter(({ isHidden }) => !isHidden);
    const total = this.rows.length;
    const body = { personas: rows.map(toBody), total, page, per_page: perPage };
    const withPages = dialect === 'attributes' ? { ...body, pages: Math.ceil(total / perPage) } : body;
    return rewritePage?.(withPages, asked) ?? withPages;
  }

  #error(status: number, message: string): Response {
    const body =
      this.#options.dialect === 'attributes' ? { error: message } : { message, status_code: status };
    return Response.json(body, { status });
  }

  #now(): string {
    this.#microseconds += 7;
    return new Date(Date.UTC(2026, 0, 1) + this.#microseconds / 1_000)
      .toISOString()
      .replace('Z', String(this.#microseconds % 1_000).padStart(3, '0'));
  }
}

/** Returns the id and the category of a path such as `/api/v1/personas/1/attributes/contextual`. */
function parsePath(pathname: string): [id: number, category: string | undefined] {
  const [id, ...rest] = pathname.slice(PERSONAS_PATH.length + 1).split('/');
  return [Number(id), rest.at(-1)];
}

const toBody = ({ isHidden: _, ...row }: ListedRow) => row;
