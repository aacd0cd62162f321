import { World } from './world.js';

/** Where in the last part of its life a token is replaced, as `src/auth/term.ts` has it: 30 to 40 s before its end. */
const spread = (share: number) => 30_000 * (1 + share / 3);

/** All processes signed in within a second, for an hour; the most refreshes in a second, of one hour's end. */
export function refreshes(processes: number, jittered: boolean, seed: number): number {
  const world = new World(seed);
  const perSecond = new Map<number, number>();
  for (let process = 0; process < processes; process++) {
    const grantedAt = world.random() * 1_000;
    const at = grantedAt + 3_600_000 - (jittered ? spread(world.random()) : 30_000);
    const second = Math.floor(at / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return Math.max(...perSecond.values());
}
