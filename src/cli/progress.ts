import { colorize, formatCount } from './output.js';

/** The state of a long-running operation. */
interface Progress {
  /** Number of completed items. */
  readonly done: number;
  /** Total number of items, if known. */
  readonly total?: number | undefined;
  /** Completed fraction, from 0 to 1. @default done / total */
  readonly fraction?: number | undefined;
  /** Additional text, such as the number of rejected rows. */
  readonly note?: string | undefined;
}

interface Sample {
  readonly timeMs: number;
  readonly done: number;
  readonly fraction: number;
}

const BAR_WIDTH = 24;
const MIN_BAR_WIDTH = 4;
const DEFAULT_COLUMNS = 80;
const REDRAW_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5_000;
const RATE_WINDOW_MS = 5_000;
const CLEAR_LINE = '\r\u001b[2K';

/** Formats a duration, such as `2 min 5 s`, with at most two units. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  const wholeSeconds = Math.max(0, Math.ceil(seconds - 0.01)); // tolerates floating-point error
  if (wholeSeconds < 60) return `${wholeSeconds} s`;
  return wholeSeconds < 3_600
    ? `${Math.floor(wholeSeconds / 60)} min ${wholeSeconds % 60} s`
    : `${Math.floor(wholeSeconds / 3_600)} h ${Math.floor((wholeSeconds % 3_600) / 60)} min`;
}

/**
 * Shows count, rate and remaining time: as a progress bar on a terminal, otherwise as a line every 5 seconds. The bar fits the
 * width of the terminal. A terminal without cursor movement (`TERM=dumb`) gets lines, too.
 */
export class ProgressBar {
  readonly #label: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #hasBar: boolean;
  readonly #now: () => number;
  readonly #startedAt: number;
  #samples: Sample[] = [];
  #renderedAt: number;
  /** Whether the cursor is on the line of the bar. */
  #isBarVisible = false;

  constructor(label: string, stream: NodeJS.WriteStream = process.stderr, now = () => performance.now()) {
    this.#label = label;
    this.#stream = stream;
    this.#now = now;
    this.#startedAt = now();
    this.#hasBar = stream.isTTY && process.env.TERM !== 'dumb';
    this.#renderedAt = this.#hasBar ? Number.NEGATIVE_INFINITY : this.#startedAt;
  }

  /** Renders the progress, unless the last rendering is too recent. */
  update(progress: Progress): void {
    const now = this.#now();
    if (now - this.#renderedAt < (this.#hasBar ? REDRAW_INTERVAL_MS : LOG_INTERVAL_MS)) return;
    this.#render(progress, now);
  }

  /** Writes a line above the bar. */
  log(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Removes the bar from the terminal, until the next update. */
  clear(): void {
    if (!this.#isBarVisible) return;
    this.#stream.write(CLEAR_LINE);
    this.#renderedAt = Number.NEGATIVE_INFINITY;
    this.#isBarVisible = false;
  }

  /** Renders the final progress. */
  end(progress: Progress): void {
    this.#render(progress, this.#now());
    if (this.#isBarVisible) this.#stream.write('\n');
    this.#isBarVisible = false;
  }

  #render({ done, total, fraction = total ? done / total : undefined, note }: Progress, now: number): void {
    this.#renderedAt = now;
    const { rate, remainingSeconds } = this.#measure(now, done, fraction);
    const parts = [
      total === undefined ? formatCount(done) : `${formatCount(done)}/${formatCount(total)}`,
      `${formatCount(rate)}/s`,
      ...(fraction === undefined
        ? []
        : fraction >= 1
          ? [formatDuration((now - this.#startedAt) / 1_000)]
          : [`${formatDuration(remainingSeconds)} left`]),
      ...(note === undefined ? [] : [note]),
    ];
    const percent = fraction === undefined ? undefined : `${Math.floor(Math.min(1, fraction) * 100)} %`;
    if (!this.#hasBar) {
      this.#stream.write(`${this.#label}: ${[...(percent ? [percent] : []), ...parts].join(', ')}\n`);
      return;
    }
    const columns = (this.#stream.columns || DEFAULT_COLUMNS) - 1; // the last column would wrap the line
    const text = `${percent === undefined ? '' : `${percent.padStart(5)}  `}${parts.join('  ')}`;
    const barWidth = Math.min(BAR_WIDTH, columns - this.#label.length - text.length - 2);
    const bar = fraction === undefined || barWidth < MIN_BAR_WIDTH ? '' : this.#formatBar(fraction, barWidth);
    const line = bar === '' ? `${this.#label} ${text}`.slice(0, columns) : `${this.#label} ${bar} ${text}`;
    this.#stream.write(`${CLEAR_LINE}${line}`);
    this.#isBarVisible = true;
  }

  #formatBar(fraction: number, width: number): string {
    const filled = Math.round(Math.min(1, fraction) * width);
    return `${colorize('cyan', '█'.repeat(filled), this.#stream)}${colorize('gray', '░'.repeat(width - filled), this.#stream)}`;
  }

  /** Measures the rate over the last 5 seconds. At the end, or if no item completed in that time, measures the whole run. */
  #measure(timeMs: number, done: number, fraction = 0): { rate: number; remainingSeconds: number } {
    this.#samples = [
      ...this.#samples.filter((sample) => timeMs - sample.timeMs <= RATE_WINDOW_MS),
      { timeMs, done, fraction },
    ];
    const oldest = this.#samples[0];
    const first =
      oldest === undefined || done === oldest.done || fraction >= 1
        ? { timeMs: this.#startedAt, done: 0, fraction: 0 }
        : oldest;
    const seconds = Math.max(1e-3, (timeMs - first.timeMs) / 1_000);
    const fractionPerSecond = (fraction - first.fraction) / seconds;
    return { rate: (done - first.done) / seconds, remainingSeconds: (1 - fraction) / fractionPerSecond };
  }
}
