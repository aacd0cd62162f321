import { expect, it, onTestFinished } from 'vitest';
import { type ForeignPromises, RequestRuntime } from './support/request-runtime.js';
import { VirtualClock } from './support/virtual-clock.js';

function setup(foreignPromises: ForeignPromises) {
  const clock = new VirtualClock({ count: 0 });
  const runtime = new RequestRuntime(foreignPromises);
  const uninstallClock = clock.install();
  const uninstall = runtime.install();
  onTestFinished(() => {
    uninstall();
    uninstallClock();
  });
  return { clock, runtime };
}

const describeOutcome = (promise: Promise<unknown>) => {
  const outcome = { text: 'pending' };
  promise.then(
    (value) => {
      outcome.text = `resolved with ${value}`;
    },
    (error: Error) => {
      outcome.text = `rejected with ${error.message}`;
    },
  );
  return outcome;
};

it.each(['never settle', 'reject'] as const)('promises of an ended request: %s', async (foreignPromises) => {
  const { clock, runtime } = setup(foreignPromises);
  let shared: Promise<unknown> | undefined;
  let settled: Promise<unknown> | undefined;
  const log: string[] = [];
  const first = runtime.start(async () => {
    settled = Promise.resolve('settled');
    shared = new Promise((resolve) => setTimeout(() => resolve('done'), 100));
    await shared;
    log.push('the first request continued');
    return 'first';
  });
  const early = runtime.start(async () => await shared);
  const outcomes = [first.result, early.result].map(describeOutcome);
  await clock.advance(50);
  first.end();
  const late = runtime.start(async () => await shared);
  const own = runtime.start(
    async () => `${await settled}, ${await new Promise((r) => setTimeout(() => r('own'), 10))}`,
  );
  outcomes.push(...[late.result, own.result].map(describeOutcome));
  await clock.advance(1_000);
  expect(log).toEqual([]);
  const lost =
    foreignPromises === 'reject' ? expect.stringMatching(/^rejected with This promise/) : 'pending';
  expect(outcomes.map(({ text }) => text)).toEqual(['pending', lost, lost, 'resolved with settled, own']);
});

it('two running requests share a promise', async () => {
  const { clock, runtime } = setup('reject');
  let shared: Promise<string> | undefined;
  const first = runtime.start(async () => {
    shared = new Promise((resolve) => setTimeout(() => resolve('done'), 100));
    return shared;
  });
  const second = runtime.start(async () => await shared);
  const outcomes = [first.result, second.result].map(describeOutcome);
  await clock.advance(200);
  expect(outcomes.map(({ text }) => text)).toEqual(['resolved with done', 'resolved with done']);
});
