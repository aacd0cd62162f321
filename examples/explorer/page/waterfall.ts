import { type CallRecord, describeCall, type Segment } from './call-log.js';
import { createElement, createSvgElement } from './dom.js';

const MAX_ROWS = 10;
const HEIGHT = 22;
const MIDDLE = HEIGHT / 2;
const MIN_SPAN_MS = 1_000;
const TICKS = 4;
/** With fewer rows, the panel has room for an explanation. */
const MIN_ROWS_WITHOUT_HINT = 3;

/** A row of the chart. Consecutive calls without attempts and with the same outcome share a row. */
interface Row {
  readonly record: CallRecord;
  readonly times: number;
}

/** Renders the latest calls with their attempts and delays. All rows start at the start of their call. */
export function renderWaterfall(records: readonly CallRecord[], now: number): HTMLElement {
  const rows = groupRows(records);
  if (rows.length === 0) return createElement('p', { class: 'muted' }, 'No call yet.');
  const showHint = rows.length < MIN_ROWS_WITHOUT_HINT;
  const spanMs = Math.max(MIN_SPAN_MS, ...rows.map(({ record }) => durationMs(record, now)));
  return createElement(
    'div',
    { class: 'waterfall' },
    createElement('ol', {}, ...rows.map((row) => renderRow(row, spanMs, now))),
    renderAxis(spanMs),
    showHint &&
      createElement(
        'p',
        { class: 'muted' },
        'Each call is a row, the newest first. Make the service fail, then read one.',
      ),
  );
}

function groupRows(records: readonly CallRecord[]): Row[] {
  const rows: Row[] = [];
  for (const record of records) {
    const last = rows.at(-1);
    if (
      last &&
      hasNoSegments(record) &&
      hasNoSegments(last.record) &&
      describeCall(record) === describeCall(last.record)
    )
      rows[rows.length - 1] = { ...last, times: last.times + 1 };
    else if (rows.length < MAX_ROWS) rows.push({ record, times: 1 });
    else break;
  }
  return rows;
}

const hasNoSegments = ({ segments, outcome }: CallRecord): boolean =>
  segments.length === 0 && outcome !== undefined;
const durationMs = ({ startedAt, endedAt }: CallRecord, now: number): number => (endedAt ?? now) - startedAt;

function renderRow({ record, times }: Row, spanMs: number, now: number): HTMLLIElement {
  const x = (ms: number) => (ms / spanMs) * 100;
  const elapsedMs = now - record.startedAt;
  const bars = record.segments.map((segment) =>
    renderSegment(segment, x(segment.startMs), x(segment.endMs ?? elapsedMs)),
  );
  const [name = '', ...outcome] = describeCall(record).split(': ');
  return createElement(
    'li',
    { class: `call ${record.outcome ?? 'open'}` },
    createElement('span', { class: 'call-name' }, name, times > 1 && ` × ${times}`),
    createSvgElement(
      'svg',
      { height: HEIGHT, 'aria-hidden': 'true' },
      createSvgElement('line', { class: 'rail', x1: '0%', x2: '100%', y1: MIDDLE, y2: MIDDLE }),
      ...bars,
      ...renderOutcomeMark(record, x(durationMs(record, now))),
    ),
    createElement('span', { class: 'call-end' }, outcome.join(': ')),
  );
}

function renderSegment(
  { kind, result, ok, endMs }: Segment,
  startPercent: number,
  endPercent: number,
): SVGElement {
  const width = `${Math.max(0.3, endPercent - startPercent)}%`;
  if (kind === 'delay')
    return createSvgElement('line', {
      class: 'delay',
      x1: `${startPercent}%`,
      x2: `${endPercent}%`,
      y1: MIDDLE,
      y2: MIDDLE,
    });
  const state = endMs === undefined ? 'open' : ok ? 'ok' : 'bad';
  return createSvgElement(
    'rect',
    { class: `attempt ${state}`, x: `${startPercent}%`, y: 4, width, height: HEIGHT - 8, rx: 3 },
    createSvgElement('title', {}, result ?? 'pending'),
  );
}

/** Renders a dot where a call ended without a response of the service. */
const renderOutcomeMark = ({ outcome }: CallRecord, x: number): SVGElement[] =>
  outcome === undefined || outcome === 'network' || outcome === 'failed'
    ? []
    : [
        createSvgElement('circle', {
          class: `dot ${outcome}`,
          cx: `${Math.min(98, Math.max(1, x))}%`,
          cy: MIDDLE,
          r: 5,
        }),
      ];

function renderAxis(spanMs: number): HTMLElement {
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => (spanMs * index) / TICKS);
  const labels = ticks.map((ms) => createElement('span', {}, `${(ms / 1000).toFixed(1)} s`));
  return createElement('p', { class: 'axis', 'aria-hidden': 'true' }, ...labels);
}
