import { PersonaAbortError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

/** Sends on to the network, but the first request only when told to. */
function held() {
  let release = () => {};
  let ask = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  let count = 0;
  const send: typeof globalThis.fetch = async (...request) => {
    if (count++ === 0) {
      ask();
      await released;
    }
    return globalThis.fetch(...request);
  };
  return { fetch: send, asked, release: () => release() };
}

describe.each(DIALECTS)('the question about the dialect, shared by calls: %s', (dialect) => {
  it('outlives the caller that asked it first', async () => {
    const { connect, asked } = await serve({ dialect });
    const { fetch, asked: isAsked, release } = held();
    const client = connect({ fetch });
    const leaving = new AbortController();
    const first = client.psychographic.get(1, { signal: leaving.signal });
    const second = client.psychographic.get(2);
    await isAsked;
    leaving.abort(new Error('no longer wanted'));
    const aborted = await failureOf(PersonaAbortError, first);
    expect(aborted.cause).toEqual(new Error('no longer wanted'));
    release();
    expect(await second).toHaveProperty('interests');
    expect(asked()).toHaveLength(2);
  });

  it('ends with the client', async () => {
    const { connect, asked } = await serve({ dialect });
    const { fetch, asked: isAsked, release } = held();
    const client = connect({ fetch });
    const waiting = client.psychographic.get(1);
    await isAsked;
    client.close();
    await failureOf(PersonaAbortError, waiting);
    release();
    expect(asked()).toEqual([]);
  });
});
