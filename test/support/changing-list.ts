/** A row of a list, with its times in milliseconds since the epoch. */
export interface ChangingRow {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

type Change = (list: ChangingList) => void;

/**
 * A list of personas that changes between requests, and between the two queries of one request: the count and the rows.
 *
 * If the newest persona is deleted, its id goes to the next new one, as in SQLite.
 */
export class ChangingList {
  rows: ChangingRow[] = [];
  requests = 0;
  nowMs = Date.UTC(2026, 0, 1);
  /** Runs before each request, and between the queries of each request. */
  onRequest: Change = () => {};
  betweenQueries: Change = () => {};
  readonly #countsFirst: boolean;

  constructor(countsFirst = false) {
    this.#countsFirst = countsFirst;
  }

  create(name: string, delayMs = 0): ChangingRow {
    const id = Math.max(0, ...this.rows.map((row) => row.id)) + 1;
    const row = { id, name, createdMs: this.nowMs - delayMs, updatedMs: this.nowMs - delayMs };
    this.rows.push(row);
    return row;
  }

  /** @param delayMs how long the write waited until it became visible, after it got its time. */
  update(id: number, name: string, delayMs = 0): void {
    this.rows = this.rows.map((row) =>
      row.id === id ? { ...row, name, updatedMs: Math.max(row.updatedMs, this.nowMs - delayMs) } : row,
    );
  }

  delete(id: number): void {
    this.rows = this.rows.filter((row) => row.id !== id);
  }

  readonly fetch = async (input: unknown): Promise<Response> => {
    const { searchParams } = new URL(String(input));
    const page = Number(searchParams.get('page') ?? 1);
    const perPage = Number(searchParams.get('per_page') ?? 20);
    this.requests++;
    this.onRequest(this);
    let total = this.rows.length;
    if (this.#countsFirst) this.betweenQueries(this);
    const sorted = this.rows.toSorted((a, b) => b.updatedMs - a.updatedMs || a.id - b.id);
    const rows = sorted.slice((page - 1) * perPage, page * perPage);
    if (!this.#countsFirst) {
      this.betweenQueries(this);
      total = this.rows.length;
    }
    return Response.json({ personas: rows.map(toPersona), total, page, per_page: perPage });
  };
}

const toTimestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000');

const toPersona = ({ id, name, createdMs, updatedMs }: ChangingRow) => ({
  id,
  name,
  created_at: toTimestamp(createdMs),
  updated_at: toTimestamp(updatedMs),
  demographic: null,
  psychographic: null,
  behavioral: null,
  contextual: null,
});
