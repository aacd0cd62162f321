import type { CallRecord, End } from './calls.js';
import { h, s } from './dom.js';

const WINDOW_MS = 60_000;
const BUCKET_MS = 2_000;
const BUCKETS = WINDOW_MS / BUCKET_MS;
const WIDTH = 600;
const HEIGHT = 90;
const LEAST_TOP = 4;

/** From the bottom of a column to its top. */
const KINDS: readonly { readonly end: End; readonly label: string }[] = [
  { end: 'network', label: 'answered' },
  { end: 'cache', label: 'cache' },
  { end: 'deduplicated', label: 'shared' },
  { end: 'stale', label: 'stale' },
  { end: 'failed', label: 'failed' },
  { end: 'refused', label: 'circuit open' },
];

/** How the calls of the last minute ended, two seconds to a column. */
export function throughput(records: readonly CallRecord[], now: number): HTMLElement {
  const lastEdge = Math.ceil(now / BUCKET_MS) * BUCKET_MS;
  const columns = Array.from({ length: BUCKETS }, () => new Map<End, number>());
  const totals = new Map<End, number>();
  for (const { end, endedAt = 0 } of records) {
    const column = columns[BUCKETS - 1 - Math.floor((lastEdge - endedAt) / BUCKET_MS)];
    if (!end || !column) continue;
    column.set(end, (column.get(end) ?? 0) + 1);
    totals.set(end, (totals.get(end) ?? 0) + 1);
  }
  const top = Math.max(LEAST_TOP, ...columns.map((column) => sum(column.values())));
  const width = WIDTH / BUCKETS;
  const bars = columns.flatMap((column, index) => {
    let below = 0;
    return KINDS.flatMap(({ end }) => {
      const height = ((column.get(end) ?? 0) / top) * HEIGHT;
      below += height;
      return height === 0
        ? []
        : [
            s('rect', {
              class: `bar ${end}`,
              x: index * width + 1,
              y: HEIGHT - below,
              width: width - 2,
              height,
            }),
          ];
    });
  });
  const told = KINDS.map(({ end, label }) => `${totals.get(end) ?? 0} ${label}`).join(', ');
  return h(
    'figure',
    { class: 'throughput' },
    s(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT + 1}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `Calls of the last minute: ${told}`,
      },
      s('line', { class: 'rail', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
      ...bars,
    ),
    h('p', { class: 'scale', 'aria-hidden': 'true' }, h('span', {}, 'a minute ago'), h('span', {}, 'now')),
    h(
      'figcaption',
      {},
      ...KINDS.map(({ end, label }) =>
        h('span', { class: `key ${end}` }, `${label} `, h('b', {}, String(totals.get(end) ?? 0))),
      ),
    ),
  );
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);
