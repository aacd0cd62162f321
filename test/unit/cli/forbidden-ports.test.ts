import { expect, it } from 'vitest';
import { isForbiddenPort } from '../../../src/cli/forbidden-ports.js';

/** Returns whether the fetch of Node refuses a port. It checks the port before it connects, and uses no allowed port here. */
const isRefused = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}`).then(
    () => false,
    (error: Error) => (error.cause as Error | undefined)?.message === 'bad port',
  );

it('are those that the fetch of Node refuses', async () => {
  const ports = Array.from({ length: 65_536 }, (_, port) => port).filter(isForbiddenPort);
  expect(ports).toHaveLength(82);
  for (const port of ports) expect([port, await isRefused(port)]).toEqual([port, true]);
});

it.each([80, 443, 3000, 5050, 8080, 8124, 65_535])('do not contain %i', (port) => {
  expect(isForbiddenPort(port)).toBe(false);
});
