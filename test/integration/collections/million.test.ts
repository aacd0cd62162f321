import { readFileSync } from 'node:fs';
import { PersonaClient } from 'persona-client';
import { expect, it } from 'vitest';
import { parseTable } from '../../docs/readme/markdown.js';

const COUNT = 1_000_000;
const CHANGED = [0, 10, 1_000, 10_000, 100_000];
const START_MS = Date.UTC(2026, 0, 1);

/**
 * A list of a million personas, as a log of updates. Only the newest entry of a persona counts. Finds the nth newest entry with a
 * Fenwick tree, so that a page takes microseconds.
 */
class MillionList {
  requests = 0;
  readonly #capacity = 2 * COUNT;
  readonly #log = new Int32Array(this.#capacity);
  readonly #positions = new Int32Array(COUNT + 1);
  readonly #tree = new Int32Array(this.#capacity + 1);
  #length = 0;

  constructor() {
    for (let id = 1; id <= COUNT; id++) this.touch(id);
  }

  /** Updates a persona, one second after the update before. */
  touch(id: number): void {
    const previous = this.#positions[id] ?? 0;
    if (previous > 0) this.#add(previous, -1);
    this.#length += 1;
    this.#log[this.#length - 1] = id;
    this.#positions[id] = this.#length;
    this.#add(this.#length, 1);
  }

  #add(position: number, difference: number): void {
    for (let index = position; index <= this.#capacity; index += index & -index)
      this.#tree[index] = (this.#tree[index] ?? 0) + difference;
  }

  /** Finds the position of the nth oldest entry. */
  #find(rank: number): number {
    let position = 0;
    let left = rank;
    for (let step = 2 ** 20; step > 0; step >>= 1) {
      const next = position + step;
      if (next > this.#capacity || (this.#tree[next] ?? 0) >= left) continue;
      position = next;
      left -= this.#tree[next] ?? 0;
    }
    return position + 1;
  }

  toTime = (position: number): string => new Date(START_MS + position * 1_000).toISOString().replace('Z', '');

  readonly fetch = async (input: unknown): Promise<Response> => {
    this.requests += 1;
    if (this.requests % 10 === 0) this.touch(1 + ((this.requests * 7_919) % COUNT));
    const { searchParams } = new URL(String(input));
    const [page, perPage] = ['page', 'per_page'].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
    ];
    const personas: object[] = [];
    for (let index = (page - 1) * perPage; index < Math.min(COUNT, page * perPage); index++) {
      const position = this.#find(COUNT - index);
      const updated_at = this.toTime(position);
      personas.push({ id: this.#log[position - 1], name: 'x', created_at: this.toTime(0), updated_at });
    }
    return Response.json({ personas, total: COUNT, page, per_page: perPage });
  };
}

it('reads the changes of a million personas with few requests', { timeout: 120_000 }, async () => {
  const list = new MillionList();
  const client = new PersonaClient({ fetch: list.fetch as never, dialect: 'subresource', cache: false });
  let updatedSince = list.toTime(COUNT).concat('Z');
  const rows: string[][] = [];
  for (const changed of CHANGED) {
    const ids = new Set<number>();
    while (ids.size < changed) ids.add(1 + Math.floor((ids.size * 104_729 + changed) % COUNT));
    for (const id of ids) list.touch(id);
    list.requests = 0;
    const iterator = client.personas.iterate({ updatedSince });
    for await (const { id } of iterator) ids.delete(id);
    expect(iterator.report.complete).toBe(true);
    expect(ids.size).toBe(0);
    updatedSince = iterator.report.nextUpdatedSince ?? '';
    const format = (value: number) => value.toLocaleString('en-US');
    rows.push([format(changed), format(list.requests), format(iterator.report.yielded)]);
  }
  client.close();
  process.stdout.write(`${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
  expect(parseTable(readFileSync('docs/guides/incremental-reads.md', 'utf8'), 'incremental')).toEqual(rows);
});
