// Not a case: builds and starts the worker that the workers-*.mjs cases share. The client lives at module scope.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { join, resolve } from 'node:path';
import { bundle, createTempFolder, INDEX, packageRoot, skip, sleep, startProcess } from '../lib.mjs';

const source = `import { PersonaClient } from ${JSON.stringify(INDEX)};
const OPTIONS = { revalidation: { cache: { ttlMs: 1, staleWhileRevalidateMs: 3000, staleIfErrorMs: 0 } }, create: { onUnknownOutcome: 'reconcile', retry: { limit: 1 } } };
const clients = {};
export default { async fetch(request, env) {
  const url = new URL(request.url), kind = url.pathname.slice(1), id = Number(url.searchParams.get('id'));
  const client = clients[kind] ??= new PersonaClient({ baseUrl: env.SERVICE, dialect: 'subresource', retry: false, timeoutMs: 1000, ...OPTIONS[kind] });
  const limits = url.searchParams.has('next') ? { deadlineMs: 4000 } : {}; let requests = 0; const stop = client.on('request', () => requests++);
  try {
    if (kind === 'create') return new Response('created ' + (await client.personas.create({ name: 'same' }, limits)).id);
    const { data, meta } = await client.withMeta.personas.get(id, { ...limits, ...(url.searchParams.has('fallback') ? { fallback: () => ({ id, name: 'fallback' }) } : {}) });
    return new Response(data.name + ' ' + meta.source);
  } catch (e) { return new Response([e.constructor.name, e.code, 'requests ' + requests, 'circuit ' + client.circuit, e.message.slice(0, 90)].join(' | ')); } finally { stop(); }
} };`;
const findWorkerd = () => {
  for (const directory of [process.argv[3], packageRoot])
    if (directory)
      try {
        const workerd = createRequire(join(resolve(directory), 'package.json')).resolve('workerd');
        return createRequire(workerd).resolve('@cloudflare/workerd-linux-64/bin/workerd');
      } catch {
        // Try the next folder.
      }
  return skip(
    'this case needs the package workerd for linux-64 (pass a folder that has it as second argument)',
  );
};
export async function startWorker() {
  const program = findWorkerd();
  const folder = createTempFolder();
  const state = { slow: false, requests: [] };
  const listen = (server, port = 0) =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server.address().port)));
  const servicePort = await listen(
    http.createServer((request, response) => {
      state.requests.push(`${request.method} ${request.url}`);
      request.resume().on('end', () =>
        setTimeout(
          () => {
            response.setHeader('content-type', 'application/json');
            if (request.url.includes('?'))
              return response.end('{"personas":[],"total":0,"page":1,"per_page":1}');
            const id = Number(/personas\/(\d+)/.exec(request.url)?.[1] ?? 1);
            response.end(
              JSON.stringify({
                id,
                name: `P${id}`,
                created_at: '2026-01-01T00:00:00',
                updated_at: '2026-01-01T00:00:00',
              }),
            );
          },
          state.slow ? 1_500 : 0,
        ),
      );
    }),
  );
  const portProbe = net.createServer();
  const port = await listen(portProbe);
  await new Promise((resolve) => portProbe.close(resolve));
  writeFileSync(
    join(folder, 'w.mjs'),
    await bundle(source, {
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
    }),
  );
  writeFileSync(
    join(folder, 'w.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ( services = [ (name = "main", worker = .w), (name = "internet", network = (allow = ["private", "local", "public"])) ], sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ] );\nconst w :Workerd.Worker = ( modules = [ (name = "w.mjs", esModule = embed "w.mjs") ], compatibilityDate = "2026-07-01", bindings = [ (name = "SERVICE", text = "http://127.0.0.1:${servicePort}") ] );\n`,
  );
  startProcess(program, ['serve', 'w.capnp'], { cwd: folder, stdio: 'ignore' });
  const isListening = () =>
    new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  for (let i = 0; i < 200 && !(await isListening()); i++) await sleep(50);
  /** One visitor. With `leaveAfterMs`, the visitor resets the connection. */
  const visit = (path, leaveAfterMs) =>
    new Promise((resolve) => {
      const request = http.get(`http://127.0.0.1:${port}/${path}`, { agent: false }, (response) => {
        let body = '';
        response.on('data', (d) => {
          body += d;
        });
        response.on('end', () => resolve(body));
      });
      request.on('error', () => resolve('(left)'));
      if (leaveAfterMs) setTimeout(() => request.socket.resetAndDestroy(), leaveAfterMs);
    });
  return Object.assign(state, { visit });
}
