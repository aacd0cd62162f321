import { coloured } from './terminal.js';

/** How far something is. */
export interface Progress {
  readonly done: number;
  /** Items in all, where that is known. */
  readonly total?: number | undefined;
  /** From 0 to 1, where that is known. */
  readonly share?: number | undefined;
  /** Something to add, such as the number of rejected rows. */
  readonly aside?: string | undefined;
}

const BAR = 24;
const DRAWN_EVERY_MS = 100;
const SAID_EVERY_MS = 5_000;
const RATE_OVER_MS = 5_000;

const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** Seconds in the largest two units. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown';
  const whole = Math.max(0, Math.ceil(seconds - 0.01)); // sums of fractions are never quite even
  if (whole < 60) return `${whole} s`;
  return whole < 3_600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Items, rate and what remains: a bar that is redrawn on a terminal, a line now and then elsewhere. */
export class ProgressReport {
  readonly #verb: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #started: number;
  #samples: { readonly at: number; readonly done: number; readonly share: number }[] = [];
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(verb: string, stream: NodeJS.WriteStream = process.stderr, now = () => performance.now()) {
    this.#verb = verb;
    this.#stream = stream;
    this.#now = now;
    this.#started = now();
    this.#shownAt = stream.isTTY ? Number.NEGATIVE_INFINITY : this.#started;
  }

  update(progress: Progress): void {
    const now = this.#now();
    if (now - this.#shownAt < (this.#stream.isTTY ? DRAWN_EVERY_MS : SAID_EVERY_MS)) return;
    this.#show(progress, now);
  }

  /** A line of its own, above the bar. */
  say(text: string): void {
    this.#stream.write(`${this.#drawn ? '\r\u001b[2K' : ''}${text}\n`);
    if (this.#drawn) this.#shownAt = Number.NEGATIVE_INFINITY;
    this.#drawn = false;
  }

  /** The last word, whenever it comes. */
  end(progress: Progress): void {
    this.#show(progress, this.#now());
    if (this.#drawn) this.#stream.write('\n');
    this.#drawn = false;
  }

  #show({ done, total, share = total ? done / total : undefined, aside }: Progress, now: number): void {
    this.#shownAt = now;
    const { rate, remaining } = this.#pace(now, done, share);
    const parts = [
      total === undefined ? number(done) : `${number(done)}/${number(total)}`,
      `${number(rate)}/s`,
      share === undefined
        ? undefined
        : share >= 1
          ? duration((now - this.#started) / 1_000)
          : `${duration(remaining)} left`,
      aside,
    ].filter((part) => part !== undefined);
    const percent =
      share === undefined ? '' : `${String(Math.floor(Math.min(1, share) * 100)).padStart(3)} %`;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${this.#verb}: ${[...(percent ? [percent.trim()] : []), ...parts].join(', ')}\n`);
      return;
    }
    const full = Math.round(Math.min(1, share ?? 0) * BAR);
    const bar = `${coloured('cyan', '█'.repeat(full), this.#stream)}${coloured('gray', '░'.repeat(BAR - full), this.#stream)}`;
    this.#stream.write(
      `\r\u001b[2K${this.#verb} ${share === undefined ? '' : `${bar} ${percent}  `}${parts.join('  ')}`,
    );
    this.#drawn = true;
  }

  /** Over the last seconds, so that what remains is told by how it goes now. */
  #pace(at: number, done: number, share = 0): { rate: number; remaining: number } {
    this.#samples = [
      ...this.#samples.filter((sample) => at - sample.at <= RATE_OVER_MS),
      { at, done, share },
    ];
    const first =
      done === this.#samples[0]?.done || share >= 1
        ? { at: this.#started, done: 0, share: 0 }
        : this.#samples[0];
    const seconds = Math.max(1e-3, (at - (first?.at ?? this.#started)) / 1_000);
    const rate = (done - (first?.done ?? 0)) / seconds;
    const sharePerSecond = (share - (first?.share ?? 0)) / seconds;
    return { rate, remaining: (1 - share) / sharePerSecond };
  }
}
