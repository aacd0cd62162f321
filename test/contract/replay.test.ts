import { afterAll, beforeAll, describe, vi } from 'vitest';
import { RECORDED_AT, recordService, replayService } from './replayed-service.js';
import { defineContractSuite } from './suite.js';

/** `RECORD=1` writes the recordings again. */
const isRecording = process.env.RECORD === '1';

describe('the contract suite without a service', () => {
  // Recorded timestamps would be too old for the tests that compare them with the clock.
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date(RECORDED_AT) }));
  afterAll(() => void vi.useRealTimers());

  for (const dialect of ['subresource', 'attributes'] as const) {
    const file = `test/contract/recordings/${dialect}.json`;
    defineContractSuite(`${isRecording ? 'recorded' : 'replayed'}, ${dialect}`, async () =>
      isRecording ? recordService(dialect, file) : replayService(dialect, file),
    );
  }
});
