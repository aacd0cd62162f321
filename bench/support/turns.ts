import type { Subject } from './processes.js';
import { median, spread } from './statistics.js';
import type { Chunk, Took } from './subject.js';
import { digits, type Effort, ratio, type Table } from './table.js';

export interface Turn {
  readonly subject: Subject;
  readonly chunk: Chunk;
}
export type Turns = Readonly<Record<string, Turn>>;
type Figure = 'wallUs' | 'cpuUs';

const ROUNDS = 7;
const WARM_UP = 2; // rounds that are not counted

/** What each took, round by round: they take turns, so that a slow moment of the machine meets neighbours alike. */
export async function takeTurns(turns: Turns, effort: Effort, rounds = ROUNDS): Promise<Rounds> {
  const { smoke, report } = effort;
  const [counted, warmUp] = smoke ? [1, 0] : [rounds, rounds < ROUNDS ? 1 : WARM_UP];
  const all = Object.entries(turns);
  const took = new Map<string, Took[]>(all.map(([name]) => [name, []]));
  const made = new Map<string, number>();
  for (let round = -warmUp; round < counted; round++) {
    for (const [name, { subject, chunk }] of round % 2 ? all : all.toReversed()) {
      report(`${round < 0 ? 'warming up' : `round ${round + 1} of ${counted}`}: ${name}`);
      const result = await subject.run(chunk);
      made.set(name, (made.get(name) ?? 0) + result.made);
      if (round >= 0) took.get(name)?.push(result);
    }
  }
  return new Rounds(took, made);
}

/** The outcome of turns. */
export class Rounds {
  readonly names: readonly string[];
  readonly #took: ReadonlyMap<string, readonly Took[]>;
  readonly #made: ReadonlyMap<string, number>;

  constructor(took: ReadonlyMap<string, readonly Took[]>, made: ReadonlyMap<string, number>) {
    this.names = [...took.keys()];
    this.#took = took;
    this.#made = made;
  }

  /** Calls that it made, warming up included. */
  madeBy(name: string): number {
    return this.#made.get(name) ?? 0;
  }

  /** Microseconds of a call. */
  us(name: string, figure: Figure = 'wallUs'): number {
    return median(this.#all(name, figure));
  }

  /** How many times as long one took as another, taken round by round, so that a slow round is slow for both. */
  ratio(name: string, other: string, figure: Figure = 'wallUs'): number {
    return median(this.#ratios(name, other, figure));
  }

  /** A row for each, beside the one named. */
  table(title: string, base: string): Omit<Table, 'goals'> {
    const beside = `x ${base}`;
    const rows = this.names.map((name) => [
      name,
      digits(this.us(name)),
      ratio(this.ratio(name, base)),
      spread(this.#ratios(name, base, 'wallUs'))
        .map(ratio)
        .join(' to '),
      digits(this.us(name, 'cpuUs')),
      ratio(this.ratio(name, base, 'cpuUs')),
    ]);
    return { title, columns: ['', 'µs a call', beside, 'half of the rounds', 'CPU µs', beside], rows };
  }

  #all(name: string, figure: Figure): readonly number[] {
    return (this.#took.get(name) ?? []).map((took) => took[figure]);
  }

  #ratios(name: string, other: string, figure: Figure): readonly number[] {
    const others = this.#all(other, figure);
    return this.#all(name, figure).map((value, at) => value / (others[at] ?? Number.NaN));
  }
}
