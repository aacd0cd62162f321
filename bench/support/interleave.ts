import type { Subject } from './processes.js';
import { interquartileRange, median } from './statistics.js';
import type { Measurement, Workload } from './subject.js';
import { formatNumber, formatRatio, type RunOptions, type Table } from './table.js';

/** A subject with the workload that it runs in each round. */
export interface Contender {
  readonly subject: Pick<Subject, 'run'>;
  readonly workload: Workload;
}
export type Contenders = Readonly<Record<string, Contender>>;
export type Metric = 'wallUs' | 'cpuUs' | 'value';

const ROUNDS = 7;
const WARM_UP_ROUNDS = 2;

/**
 * Measures all contenders in alternating order.
 *
 * A slow moment of the machine then affects neighboring measurements alike.
 */
export async function interleave(
  contenders: Contenders,
  { smoke, report }: RunOptions,
  rounds = ROUNDS,
): Promise<InterleavedResults> {
  const [measuredRounds, warmUpRounds] = smoke ? [1, 0] : [rounds, rounds < ROUNDS ? 1 : WARM_UP_ROUNDS];
  const entries = Object.entries(contenders);
  const measurements = new Map<string, Measurement[]>(entries.map(([name]) => [name, []]));
  const callCounts = new Map<string, number>();
  for (let round = -warmUpRounds; round < measuredRounds; round++) {
    for (const [name, { subject, workload }] of round % 2 ? entries : entries.toReversed()) {
      report(`${round < 0 ? 'warm-up' : `round ${round + 1} of ${measuredRounds}`}: ${name}`);
      const measurement = await subject.run(workload);
      callCounts.set(name, (callCounts.get(name) ?? 0) + measurement.callCount);
      if (round >= 0) measurements.get(name)?.push(measurement);
    }
  }
  return new InterleavedResults(measurements, callCounts);
}

/** The measurements of all contenders. */
export class InterleavedResults {
  readonly names: readonly string[];
  readonly #measurements: ReadonlyMap<string, readonly Measurement[]>;
  readonly #callCounts: ReadonlyMap<string, number>;

  constructor(
    measurements: ReadonlyMap<string, readonly Measurement[]>,
    callCounts: ReadonlyMap<string, number>,
  ) {
    this.names = [...measurements.keys()];
    this.#measurements = measurements;
    this.#callCounts = callCounts;
  }

  /** Number of calls of a contender, including warm-up. */
  callCount(name: string): number {
    return this.#callCounts.get(name) ?? 0;
  }

  /** Median of a metric, by default the time of a call in microseconds. */
  microseconds(name: string, metric: Metric = 'wallUs'): number {
    return median(this.#values(name, metric));
  }

  /** Median ratio of two contenders. Computed per round, so that a slow round affects both. */
  ratio(name: string, baseline: string, metric: Metric = 'wallUs'): number {
    return median(this.#ratios(name, baseline, metric));
  }

  /** Interquartile range of the ratios of two contenders. */
  ratioRange(name: string, baseline: string, metric: Metric = 'wallUs'): readonly [number, number] {
    return interquartileRange(this.#ratios(name, baseline, metric));
  }

  /** Median of a figure that is computed per round, from a metric of several contenders. */
  compute(metric: Metric, figure: (measured: (name: string) => number) => number): number {
    const rounds = this.#values(this.names[0] ?? '', metric).map((_, round) =>
      figure((name) => this.#values(name, metric)[round] ?? Number.NaN),
    );
    return median(rounds);
  }

  /** A table with a row for each contender, compared with the baseline. */
  table(title: string, baseline: string): Omit<Table, 'goals'> {
    const ratioColumn = `x ${baseline}`;
    const rows = this.names.map((name) => [
      name,
      formatNumber(this.microseconds(name)),
      formatRatio(this.ratio(name, baseline)),
      this.ratioRange(name, baseline).map(formatRatio).join(' to '),
      formatNumber(this.microseconds(name, 'cpuUs')),
      formatRatio(this.ratio(name, baseline, 'cpuUs')),
    ]);
    return {
      title,
      columns: ['', 'µs per call', ratioColumn, 'interquartile range', 'CPU µs', ratioColumn],
      rows,
    };
  }

  #values(name: string, metric: Metric): readonly number[] {
    return (this.#measurements.get(name) ?? []).map((measurement) => measurement[metric]);
  }

  #ratios(name: string, baseline: string, metric: Metric): readonly number[] {
    const baselineValues = this.#values(baseline, metric);
    return this.#values(name, metric).map((value, index) => value / (baselineValues[index] ?? Number.NaN));
  }
}
