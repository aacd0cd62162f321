import type { CallOutcome, CallRecord } from './call-log.js';
import { createElement, createSvgElement } from './dom.js';

const WINDOW_MS = 60_000;
const BUCKET_MS = 2_000;
const BUCKETS = WINDOW_MS / BUCKET_MS;
const WIDTH = 600;
const HEIGHT = 90;
const MIN_SCALE = 4;

/** Outcomes in a column, from bottom to top. */
const OUTCOMES: readonly { readonly outcome: CallOutcome; readonly label: string }[] = [
  { outcome: 'network', label: 'succeeded' },
  { outcome: 'cache', label: 'cache' },
  { outcome: 'deduplicated', label: 'shared' },
  { outcome: 'stale', label: 'stale' },
  { outcome: 'failed', label: 'failed' },
  { outcome: 'rejected', label: 'circuit open' },
];

/** Renders the outcomes of the calls of the last minute. Each column covers two seconds. */
export function renderThroughput(records: readonly CallRecord[], now: number): HTMLElement {
  const lastEdge = Math.ceil(now / BUCKET_MS) * BUCKET_MS;
  const columns = Array.from({ length: BUCKETS }, () => new Map<CallOutcome, number>());
  const totals = new Map<CallOutcome, number>();
  for (const { outcome, endedAt = 0 } of records) {
    const column = columns[BUCKETS - 1 - Math.floor((lastEdge - endedAt) / BUCKET_MS)];
    if (!outcome || !column) continue;
    column.set(outcome, (column.get(outcome) ?? 0) + 1);
    totals.set(outcome, (totals.get(outcome) ?? 0) + 1);
  }
  const top = Math.max(MIN_SCALE, ...columns.map((column) => sum(column.values())));
  const width = WIDTH / BUCKETS;
  const bars = columns.flatMap((column, index) => {
    let stackHeight = 0;
    return OUTCOMES.flatMap(({ outcome }) => {
      const height = ((column.get(outcome) ?? 0) / top) * HEIGHT;
      stackHeight += height;
      return height === 0
        ? []
        : [
            createSvgElement('rect', {
              class: `bar ${outcome}`,
              x: index * width + 1,
              y: HEIGHT - stackHeight,
              width: width - 2,
              height,
            }),
          ];
    });
  });
  const description = OUTCOMES.map(({ outcome, label }) => `${totals.get(outcome) ?? 0} ${label}`).join(', ');
  return createElement(
    'figure',
    { class: 'throughput' },
    createSvgElement(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT + 1}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `Calls of the last minute: ${description}`,
      },
      createSvgElement('line', { class: 'rail', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
      ...bars,
    ),
    createElement(
      'p',
      { class: 'scale', 'aria-hidden': 'true' },
      createElement('span', {}, 'a minute ago'),
      createElement('span', {}, 'now'),
    ),
    createElement(
      'figcaption',
      {},
      ...OUTCOMES.map(({ outcome, label }) =>
        createElement(
          'span',
          { class: `key ${outcome}` },
          `${label} `,
          createElement('b', {}, String(totals.get(outcome) ?? 0)),
        ),
      ),
    ),
  );
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, value) => total + value, 0);
