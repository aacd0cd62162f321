import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createPersonaService, fail } from 'persona-client/testing';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { installTools } from '../../support/install.js';
import { WORKERD_VERSIONS } from '../../support/versions.js';
import { addCell } from './support/report-table.js';
import { bundleWorker, startWorker, visit } from './support/workerd.js';

const TIMEOUT_MS = 600;
/** The test measures real time on a busy machine. */
const SLACK_MS = 1_500;

interface WorkerdKind {
  readonly name: string;
  readonly limitMs?: number;
  /** The requests whose responses the service holds. */
  readonly hold: RegExp;
  readonly service?: 'published' | 'attributes' | 'auth';
  readonly holdBody?: true;
  /** The service fails the first request. */
  readonly fails?: { readonly retryAfter?: number };
  /** Another visitor, who stays, starts before. */
  readonly hasOther?: true;
  /** The service never sees a request of the owner, so the owner leaves after this time. */
  readonly leaveAfterMs?: number;
}

const PERSONA = /personas\/1$/;
/** The kinds of `programs/worker.ts`. */
const KINDS: readonly WorkerdKind[] = [
  { name: 'in-flight personas.get, waiting for the response', hold: PERSONA },
  { name: 'in-flight personas.list, waiting for the response', hold: /personas\?/ },
  { name: 'in-flight demographic.get, waiting for the response', hold: /demographic/ },
  { name: 'in-flight fieldConfig.get, waiting for the response', hold: /config/, service: 'attributes' },
  { name: 'in-flight read, in the body', hold: PERSONA, holdBody: true },
  { name: 'in-flight read, in backoff', hold: /never/, fails: {}, leaveAfterMs: 100 },
  // The request ends with its response, possibly before the service sees the revalidation.
  { name: 'background revalidation', hold: PERSONA, leaveAfterMs: 150 },
  {
    name: 'background revalidation, one read per request',
    hold: PERSONA,
    leaveAfterMs: 150,
    limitMs: 2 * TIMEOUT_MS,
  },
  { name: 'slot of the limiter', hold: PERSONA },
  { name: 'queue of the limiter', hold: PERSONA, hasOther: true, leaveAfterMs: 150 },
  { name: 'dialect detection', hold: /personas\?/ },
  { name: 'list verification', hold: PERSONA, service: 'published' },
  { name: 'queue of equal creates', hold: /^POST/ },
  { name: 'login', hold: /login/, service: 'auth' },
  { name: 'refresh', hold: /refresh/, service: 'auth' },
  { name: 'getToken', hold: /store/, limitMs: 5_000 },
  { name: 'token store, loading the tokens', hold: /store/, service: 'auth', limitMs: 2_000 },
  { name: 'token store, writing the tokens', hold: /store/, service: 'auth' },
  { name: 'shared cache store, reading', hold: /store/, limitMs: 400 },
  {
    name: 'Retry-After, waiting in the queue',
    hold: /never/,
    fails: { retryAfter: 1 },
    limitMs: 1_600,
    leaveAfterMs: 150,
  },
  { name: 'Retry-After, probe', hold: PERSONA, fails: { retryAfter: 1 } },
  { name: 'probe of the circuit', hold: PERSONA, fails: {} },
];

let code = '';
let tools = '';
beforeAll(async () => {
  tools = await installTools(WORKERD_VERSIONS);
  code = await bundleWorker();
}, 300_000);

/** Starts a service that holds matching responses. */
async function startService({ hold, holdBody, fails, service: kind }: WorkerdKind) {
  const service = createPersonaService({
    dialect: kind === 'attributes' ? 'attributes' : 'subresource',
    ...(kind === 'published' && { published: true, seed: false }),
    ...(kind === 'auth' && { auth: { users: { admin: 'correct horse' } } }),
  });
  onTestFinished(() => service.close());
  if (kind === 'published')
    await service.fetch('http://service/api/v1/personas', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'A', psychographic: { interests: ['ab'] } }),
    });
  if (fails) {
    const headers = fails.retryAfter === undefined ? {} : { 'retry-after': String(fails.retryAfter) };
    service.faults.add(fail({ status: 503, times: 1, headers }));
  }
  const held: (() => void)[] = [];
  const state = { isHolding: false, held, requests: 0 };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = 'GET', url = '' } = request;
    const isHeld = state.isHolding && hold.test(`${method} ${url}`);
    state.requests++;
    const { status, headers, body } = url.startsWith('/store/')
      ? new Response('token')
      : await service.fetch(`http://service${url}`, {
          method,
          headers: request.headers as Record<string, string>,
          ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        });
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    const send = () => response.writeHead(status, Object.fromEntries(headers)).end(bytes);
    if (!isHeld) send();
    else {
      held.push(send);
      if (holdBody) {
        response.writeHead(status, Object.fromEntries(headers)).write(bytes.slice(0, 5));
        held[held.length - 1] = () => response.end(bytes.slice(5));
      }
    }
  };
  const server = createServer(
    (request, response) => void respond(request, response).catch(() => response.destroy()),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    expireTokens: () => service.faults.add({ expireTokens: 'access', times: 1 }),
  });
}

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const MAX_WAIT_MS = 12_000;

describe.each(Object.keys(WORKERD_VERSIONS))('%s', (version) => {
  describe.each(['comes later', 'waits already'])('a visitor leaves, and the next one %s', (order) => {
    test.for(KINDS)('$name', async (kind, { task }) => {
      const { name, hasOther, leaveAfterMs, limitMs = TIMEOUT_MS } = kind;
      const service = await startService(kind);
      const worker = await startWorker(join(tools, 'node_modules', version), code, service.url);
      onTestFinished(() => worker[Symbol.asyncDispose]());
      const start = (step: string) => visit(worker, `/${encodeURIComponent(name)}/${step}`);
      expect(await start('prepare').body).toMatch(/^ok/);
      if (name === 'refresh') service.expireTokens();
      service.isHolding = true;
      const waitForHeld = () => vi.waitUntil(() => service.held.length > 0, { timeout: 5_000 });
      const other = hasOther ? start('other') : undefined;
      if (other) await waitForHeld();
      const owner = start('owner');
      if (leaveAfterMs === undefined) await waitForHeld();
      else await pass(leaveAfterMs);

      const startedAt = performance.now();
      let next = order === 'waits already' ? start('next') : undefined;
      if (next) await pass(50);
      owner.leave();
      service.isHolding = false;
      if (!next) await pass(50);
      next ??= start('next');
      if (other) for (const send of service.held) send();
      const body = await Promise.race([next.body, pass(MAX_WAIT_MS).then(() => 'never ends')]);

      const ms = Math.round(performance.now() - startedAt);
      const isRight = body.startsWith('ok') && ms <= limitMs + SLACK_MS;
      const text = `${body.startsWith('ok') ? 'ok' : body.slice(0, 30)} ${ms} ms${isRight ? '' : ' !'}`;
      addCell(task, { kind: name, column: 'workerd', text, limitMs });
      expect(isRight, `${body} after ${ms} ms; ${worker.output()}`).toBe(true);
      await other?.body;
    });
  });
});
