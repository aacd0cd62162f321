import type { Subject } from './processes.js';
import type { Chunk, Took } from './subject.js';
import type { Effort } from './table.js';

export interface Turn {
  readonly subject: Subject;
  readonly chunk: Chunk;
}

const ROUNDS = 7;
const WARM_UP = 2; // rounds that are not counted

/** What each took, round by round: they take turns, so that a slow moment of the machine meets neighbours alike. */
export async function takeTurns(
  turns: Readonly<Record<string, Turn>>,
  { smoke, report }: Effort,
): Promise<Record<string, Took[]>> {
  const [rounds, warmUp] = smoke ? [1, 0] : [ROUNDS, WARM_UP];
  const all = Object.entries(turns);
  const took: Record<string, Took[]> = Object.fromEntries(all.map(([name]) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, { subject, chunk }] of round % 2 ? all : all.toReversed()) {
      report(`${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}: ${name}`);
      const result = await subject.run(chunk);
      if (round >= 0) took[name]?.push(result);
    }
  }
  return took;
}
