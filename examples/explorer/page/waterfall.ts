import { type CallRecord, inWords, type Stretch } from './calls.js';
import { h, s } from './dom.js';

const SHOWN = 10;
const HEIGHT = 22;
const MIDDLE = HEIGHT / 2;
const LEAST_SPAN_MS = 1_000;
const TICKS = 4;
/** Up to here the panel has room to say what it is. */
const FEW = 3;

/** Calls that took no attempt, one after the other with the same outcome, are one row. */
interface Row {
  readonly record: CallRecord;
  readonly times: number;
}

/** The last calls, each a row with its attempts and waits, all on one scale that begins with the call. */
export function waterfall(records: readonly CallRecord[], now: number): HTMLElement {
  const rows = rowsOf(records);
  if (rows.length === 0) return h('p', { class: 'muted' }, 'No call yet.');
  const alone = rows.length < FEW;
  const spanMs = Math.max(LEAST_SPAN_MS, ...rows.map(({ record }) => lengthOf(record, now)));
  return h(
    'div',
    { class: 'waterfall' },
    h('ol', {}, ...rows.map((row) => drawn(row, spanMs, now))),
    axis(spanMs),
    alone &&
      h(
        'p',
        { class: 'muted' },
        'Each call is a row, the newest first. Make the service fail, then read one.',
      ),
  );
}

function rowsOf(records: readonly CallRecord[]): Row[] {
  const rows: Row[] = [];
  for (const record of records) {
    const last = rows.at(-1);
    if (last && isFree(record) && isFree(last.record) && inWords(record) === inWords(last.record))
      rows[rows.length - 1] = { ...last, times: last.times + 1 };
    else if (rows.length < SHOWN) rows.push({ record, times: 1 });
    else break;
  }
  return rows;
}

const isFree = ({ stretches, end }: CallRecord): boolean => stretches.length === 0 && end !== undefined;
const lengthOf = ({ startedAt, endedAt }: CallRecord, now: number): number => (endedAt ?? now) - startedAt;

function drawn({ record, times }: Row, spanMs: number, now: number): HTMLLIElement {
  const x = (ms: number) => (ms / spanMs) * 100;
  const runningMs = now - record.startedAt;
  const bars = record.stretches.map((stretch) => bar(stretch, x(stretch.from), x(stretch.to ?? runningMs)));
  const [what = '', ...how] = inWords(record).split(': ');
  return h(
    'li',
    { class: `call ${record.end ?? 'open'}` },
    h('span', { class: 'call-name' }, what, times > 1 && ` × ${times}`),
    s(
      'svg',
      { height: HEIGHT, 'aria-hidden': 'true' },
      s('line', { class: 'rail', x1: '0%', x2: '100%', y1: MIDDLE, y2: MIDDLE }),
      ...bars,
      ...endMark(record, x(lengthOf(record, now))),
    ),
    h('span', { class: 'call-end' }, how.join(': ')),
  );
}

function bar({ kind, answer, ok, to }: Stretch, from: number, until: number): SVGElement {
  const width = `${Math.max(0.3, until - from)}%`;
  if (kind === 'wait')
    return s('line', { class: 'wait', x1: `${from}%`, x2: `${until}%`, y1: MIDDLE, y2: MIDDLE });
  const look = to === undefined ? 'open' : ok ? 'ok' : 'bad';
  return s(
    'rect',
    { class: `attempt ${look}`, x: `${from}%`, y: 4, width, height: HEIGHT - 8, rx: 3 },
    s('title', {}, answer ?? 'under way'),
  );
}

/** A dot where a call ended without an answer of the service. */
const endMark = ({ end }: CallRecord, x: number): SVGElement[] =>
  end === undefined || end === 'network' || end === 'failed'
    ? []
    : [s('circle', { class: `dot ${end}`, cx: `${Math.min(98, Math.max(1, x))}%`, cy: MIDDLE, r: 5 })];

function axis(spanMs: number): HTMLElement {
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => (spanMs * index) / TICKS);
  const labels = ticks.map((ms) => h('span', {}, `${(ms / 1000).toFixed(1)} s`));
  return h('p', { class: 'axis', 'aria-hidden': 'true' }, ...labels);
}
