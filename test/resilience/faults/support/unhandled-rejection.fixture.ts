import { it } from 'vitest';

it('passes', () => {
  void Promise.reject(new Error('unhandled rejection in the fixture'));
});
