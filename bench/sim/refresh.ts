import { Simulation } from './simulation.js';

/** How long before its expiry a token is refreshed, as in `src/auth/token-expiry.ts`: 30 to 40 s. */
const refreshLeadMs = (share: number) => 30_000 * (1 + share / 3);

/** Simulates processes that log in within one second. Returns the most refreshes in a second, an hour later. */
export function simulateRefreshes(processes: number, jittered: boolean, seed: number): number {
  const simulation = new Simulation(seed);
  const perSecond = new Map<number, number>();
  for (let process = 0; process < processes; process++) {
    const issuedAt = simulation.random() * 1_000;
    const refreshAt = issuedAt + 3_600_000 - (jittered ? refreshLeadMs(simulation.random()) : 30_000);
    const second = Math.floor(refreshAt / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  return Math.max(...perSecond.values());
}
