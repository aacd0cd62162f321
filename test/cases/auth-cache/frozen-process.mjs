// Eight reads are in flight when the process stops for 1.5 s (SIGSTOP, docker pause, a Lambda freeze). timeoutMs is 1,000.
// All responses have arrived when it resumes, but the timers fire first. The reads time out, and the circuit opens for a minute.
// A timer that fires far too late means that the process slept. One turn of the event loop would deliver the responses.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  checkEqual,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
  sleep,
  startStubService,
} from '../lib.mjs';

if (process.argv[3] === 'child') {
  const { PersonaClient } = await load();
  const client = new PersonaClient({
    baseUrl: process.argv[4],
    dialect: 'subresource',
    cache: false,
    timeoutMs: 1000,
    retry: { backoffMs: 20 },
  });
  await client.personas.get(1);
  const calls = Array.from({ length: 8 }, (_, i) => settle(client.personas.get(100 + i)));
  await sleep(50);
  process.send('ready');
  const outcomes = (await Promise.all(calls)).map((r) => r.error?.code ?? 'ok');
  const { circuit } = client;
  const next = (await settle(client.personas.get(1))).error?.code ?? 'ok';
  process.send({ outcomes, circuit, next });
  process.exit(0);
}
setTimeLimitSeconds(30);
for (const isStopped of [false, true]) {
  const service = await startStubService(({ id }) => ({
    delayMs: id === 1 ? 0 : 300,
    body: createPersona(id),
  }));
  const child = fork(fileURLToPath(import.meta.url), [process.argv[2], 'child', service.url]);
  const report = await new Promise((resolve) =>
    child.on('message', async (message) => {
      if (message !== 'ready') return resolve(message);
      if (isStopped) {
        child.kill('SIGSTOP');
        await sleep(1_500);
        child.kill('SIGCONT');
      }
    }),
  );
  const scenario = isStopped ? 'stopped for 1.5 s' : 'not stopped (control)';
  checkEqual(`${scenario}: outcome of the eight reads`, [...new Set(report.outcomes)].join(', '), 'ok');
  checkEqual(`${scenario}: state of the circuit`, report.circuit, 'closed');
  checkEqual(`${scenario}: outcome of the next read`, report.next, 'ok');
  service.close();
}
finish();
