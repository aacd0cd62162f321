import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPooledTransport } from 'persona-client/node';

/**
 * Starts calls, tells the parent, and reports their outcomes. The parent stops or blocks this process meanwhile.
 *
 * Arguments: URL of the service, URL of a service for the reads after the pause, `fetch` or `pooled`.
 */
const [, , url = '', idleUrl = '', transport] = process.argv;
const pool = transport === 'pooled' ? await createPooledTransport({ connections: 50 }) : undefined;
const options = {
  dialect: 'subresource',
  cache: false,
  timeoutMs: 1_000,
  breaker: { failMax: 1 },
  retry: false,
  ...(pool && { fetch: pool.fetch }),
} satisfies ClientOptions;
const create = (behavior: string, more: ClientOptions = {}) =>
  new PersonaClient({ baseUrl: `${url}/${behavior}`, ...options, ...more });
const describe = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );
const readSeveral = (client: PersonaClient) => () =>
  Promise.all(Array.from({ length: 8 }, (_, index) => describe(client.personas.get(index + 1))));

const held = create('held');
const heldCreates = create('held/creates');
const deadline = create('held/deadline', { timeoutMs: 20_000, deadlineMs: 1_000 });
const login = create('held/login', { auth: { username: 'u', password: 'p' } });
const lost = create('lost');
const lostRetried = create('lost/retried', { retry: { limit: 1, backoffMs: 1 } });
const idle = create('', { baseUrl: `${idleUrl}/fast`, retry: { limit: 2, backoffMs: 1 } });

const clients = { held, heldCreates, deadline, login, lost, lostRetried, idle };
const calls: Readonly<Record<keyof typeof clients, () => Promise<string[]>>> = {
  held: readSeveral(held),
  heldCreates: () => Promise.all(['a', 'b'].map((name) => describe(heldCreates.personas.create({ name })))),
  deadline: readSeveral(deadline),
  login: () => Promise.all([describe(login.auth.login({ username: 'u', password: 'p' }))]),
  lost: readSeveral(lost),
  lostRetried: readSeveral(lostRetried),
  idle: readSeveral(idle),
};

await calls.idle(); // its connections are idle when the process stops
const running = Object.entries(calls).flatMap(([name, run]) =>
  name === 'idle' ? [] : [[name, run()] as const],
);
process.once('message', (pauseMs) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(pauseMs)); // blocks, as a debugger does
});
process.send?.('ready');
await new Promise((resolve) => setTimeout(resolve, 1_000)); // fires late, before the event loop notices closed connections
const report: Record<string, { outcomes: string[]; circuit: string }> = {};
for (const [name, outcomes] of [...running, ['idle', calls.idle()] as const])
  report[name] = {
    outcomes: [...new Set(await outcomes)],
    circuit: clients[name as keyof typeof clients].circuit,
  };
process.send?.(report);
for (const client of Object.values(clients)) client.close();
await pool?.close();
process.disconnect();
