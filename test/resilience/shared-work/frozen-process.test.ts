import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHeldService } from './support/held-service.js';

const PROGRAM = fileURLToPath(new URL('./programs/frozen.ts', import.meta.url));
const TSCONFIG = fileURLToPath(new URL('../../../tsconfig.json', import.meta.url));
/** Longer than the timeout of the calls. */
const PAUSE_MS = 1_600;
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Report = Readonly<Record<string, { readonly outcomes: string[]; readonly circuit: string }>>;

function startProgram(...args: string[]): ChildProcess {
  const child = fork(PROGRAM, args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, TSX_TSCONFIG_PATH: TSCONFIG },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** 8 reads of four clients, 2 creates and a login. */
const ALL_REQUESTS = 4 * 8 + 2 + 1;

/** Starts the program, and waits until the service has all its requests. */
async function start(transport: string) {
  const service = await startHeldService();
  const idleService = await startHeldService(); // all its connections are idle during the pause
  onTestFinished(service.close);
  onTestFinished(idleService.close);
  const child = startProgram(service.url, idleService.url, transport);
  await once(child, 'message');
  await vi.waitUntil(() => service.requests === ALL_REQUESTS, { timeout: 20_000 });
  const respond = () => {
    service.respond();
    idleService.closeIdleConnections();
  };
  return { child, respond, report: once(child, 'message').then(([report]) => report as Report) };
}

const ok = { outcomes: ['ok'], circuit: 'closed' };
const EXPECTED: Report = {
  held: ok,
  heldCreates: ok,
  deadline: ok,
  login: ok,
  lost: { outcomes: ['timeout'], circuit: 'closed' },
  lostRetried: ok,
  idle: ok,
};

describe.each(['fetch', 'pooled'])(
  'over %s, the client uses what arrived, and no circuit opens',
  (transport) => {
    it.skipIf(process.platform === 'win32').each([1, 3])(
      'while the process was stopped (%i x)',
      async (pauses) => {
        const { child, respond, report } = await start(transport);
        for (let pause = 1; pause <= pauses; pause++) {
          child.kill('SIGSTOP');
          if (pause === pauses) respond();
          await pass(PAUSE_MS);
          child.kill('SIGCONT');
          if (pause < pauses) await pass(40);
        }
        expect(await report).toEqual(EXPECTED);
      },
    );

    it('while the event loop was blocked', async () => {
      const { child, respond, report } = await start(transport);
      child.send(PAUSE_MS);
      await pass(300);
      respond();
      expect(await report).toEqual(EXPECTED);
    });
  },
);
