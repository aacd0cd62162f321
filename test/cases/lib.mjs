// Helpers of all cases. A case takes the built package as its first argument:
//   node test/cases/integrations/serve-db.mjs dist/index.js
// It prints one line per check, "ok ..." or "FAULT ...: got ..., wanted ...". Exit codes: 0 all ok, 1 a FAULT, 2 skipped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';

if (!process.argv[2]) {
  console.log('usage: node <case>.mjs path/to/dist/index.js');
  process.exit(2);
}
export const NODE = process.execPath;
export const distFolder = dirname(realpathSync(resolvePath(process.argv[2])));
export const packageRoot = dirname(distFolder);
export const CLI = join(distFolder, 'cli.js');
export const INDEX = join(distFolder, 'index.js');

/** Imports an entry of the built package. */
export const load = (entry = 'index.js') => import(pathToFileURL(join(distFolder, entry)).href);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const tempFolders = [];
process.on('exit', () => {
  for (const folder of tempFolders) rmSync(folder, { recursive: true, force: true });
});

/** Creates a folder that is removed when the case ends. */
export function createTempFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'case-'));
  tempFolders.push(folder);
  return folder;
}

// Checks

let faultCount = 0;

/** Prints the result of one check. */
export function check(title, passed, actual, expected) {
  if (!passed) faultCount++;
  console.log(passed ? `ok    ${title}` : `FAULT ${title}: got ${print(actual)}, wanted ${print(expected)}`);
}

/** Compares two values as JSON. */
export const checkEqual = (title, actual, expected) =>
  check(title, JSON.stringify(actual) === JSON.stringify(expected), actual, expected);

/** Ends the case. Every case calls this last. */
export const finish = () => process.exit(faultCount > 0 ? 1 : 0);

/** Ends the case because the machine lacks something that it needs. */
export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(2);
}

/** Ends the case with a FAULT if it takes too long. */
export const setTimeLimitSeconds = (seconds) =>
  setTimeout(() => {
    check(`ends within ${seconds} s`, false, 'still running', 'an end');
    finish();
  }, seconds * 1000).unref();

function print(value) {
  const text = String(typeof value === 'string' ? value : JSON.stringify(value));
  return text
    .replace(
      /[\p{Cc}\p{Cs}\u2028\u2029]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .slice(0, 300);
}

// Promises

/** Resolves to the result of `work`, or to `fallback` after `timeoutMs`. */
export const withTimeout = (work, timeoutMs, fallback = 'nothing happened in time') =>
  Promise.race([work, sleep(timeoutMs).then(() => fallback)]);

/** Resolves to `{ value }` or `{ error }`. */
export const settle = (work) =>
  Promise.resolve(work).then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

/** Describes the outcome of a call in one short line. */
export const describeOutcome = (work) =>
  Promise.resolve(work).then(
    (value) => (value?.name === undefined ? 'a result' : `"${value.name}"`),
    (error) => {
      if (!isPersonaError(error))
        return `a raw ${error?.constructor?.name}: ${String(error?.message ?? error).slice(0, 80)}`;
      return error.maybeApplied === undefined
        ? error.code
        : `${error.code} maybeApplied=${error.maybeApplied}`;
    },
  );

const isPersonaError = (error) =>
  typeof error === 'object' && typeof error?.code === 'string' && 'attempts' in error;

// A stub service on loopback

export const nowSeconds = () => Math.floor(Date.now() / 1000);

export const createPersona = (id = 1, fields = {}) => ({
  id,
  name: `P${id}`,
  created_at: '2026-01-01T00:00:00',
  updated_at: '2026-01-01T00:00:00',
  ...fields,
});

/** Creates the page that `query` requests. */
export function createPage(rows, query) {
  const page = Number(query.get('page') ?? 1);
  const perPage = Number(query.get('per_page') ?? 20);
  return {
    personas: rows.slice((page - 1) * perPage, page * perPage),
    total: rows.length,
    page,
    per_page: perPage,
    pages: Math.ceil(rows.length / perPage),
  };
}

export const createJsonResponse = (body, { status = 200, headers } = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

export function createJwt(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'HS256' })}.${encode(claims)}.${Math.random().toString(36).slice(2)}`;
}

/**
 * Starts an HTTP server. `respond` receives `{ method, path, url, query, headers, body, id, attempt }`: `id` is the persona in the path,
 * `attempt` counts the requests to this method and path. It returns `{ status, headers, body, delayMs, hang, reset }`.
 */
export async function startStubService(respond) {
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    const { method, headers } = incoming;
    const { pathname: path, searchParams: query } = new URL(incoming.url, 'http://stub');
    const id = Number(/personas\/(\d+)/.exec(path)?.[1] ?? 0);
    const attempt = 1 + requests.filter((other) => other.path === path && other.method === method).length;
    const request = { method, path, url: incoming.url, query, headers, body, id, attempt };
    requests.push(request);
    const response = (await respond(request)) ?? {};
    if (response.hang) return;
    if (response.delayMs) await sleep(response.delayMs);
    if (response.reset) return void incoming.socket.destroy();
    outgoing.writeHead(response.status ?? 200, { 'content-type': 'application/json', ...response.headers });
    outgoing.end(encodeBody(response.body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    count: (method, pattern) =>
      requests.filter((request) => request.method === method && pattern.test(request.path)).length,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function encodeBody(body = '') {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

// Processes: the command line, the local service and the MCP server

const processes = new Set();
process.on('exit', () => {
  for (const child of processes) child.kill('SIGKILL');
});

/** Starts a process that is killed when the case ends. */
export function startProcess(command, args, options) {
  const child = spawn(command, args, options);
  processes.add(child);
  child.on('exit', () => processes.delete(child));
  return child;
}

const tokenFile = join(createTempFolder(), 'tokens.json');
export const cliEnvironment = (url, variables = {}) => ({
  ...process.env,
  PERSONA_API_URL: url,
  PERSONA_TOKEN_FILE: tokenFile,
  ...variables,
});

/** Starts `persona-client serve`. */
export async function startService(args = ['--dialect', 'attributes']) {
  const child = startProcess(NODE, [CLI, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const match = /at (http:\S+)/.exec(output);
      if (match) resolve(match[1]);
    });
    child.on('exit', (code) => reject(new Error(`serve exited with ${code}`)));
  });
  return { url, close: () => child.kill('SIGTERM') };
}

/** Runs the command line and blocks. If the service runs in this process, use `runCliAsync`. */
export const runCli = (url, args, options = {}) =>
  spawnSync(NODE, [CLI, ...args], {
    encoding: 'utf8',
    timeout: 40_000,
    ...options,
    env: cliEnvironment(url, options.env),
  });

export const runCliAsync = (url, args, { input, timeout = 40_000, ...options } = {}) =>
  new Promise((resolve) => {
    const child = startProcess(NODE, [CLI, ...args], { ...options, env: cliEnvironment(url, options.env) });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status: status ?? signal, stdout, stderr });
    });
  });

/** Runs a bash script. `$PC` is the command line. */
export const runBash = (url, script, options = {}) =>
  spawnSync('bash', ['-c', `PC="${NODE} ${CLI}"; ${script}`], {
    encoding: 'utf8',
    timeout: 50_000,
    ...options,
    env: cliEnvironment(url, options.env),
  });

/** Sends a request to a service without the client. */
export async function fetchJson(url, path, method = 'GET', body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.json();
}

/** The messages that open an MCP session. */
export const initializeMessages = (version = '2025-06-18') => [
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'case', version: '0' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
];

export const toJsonLines = (messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join('');

/** Starts the MCP server on standard input and output, with a minimal client. */
export function startMcpServer(url, { args = [], variables = {} } = {}) {
  const child = startProcess(NODE, [CLI, 'mcp', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: cliEnvironment(url, variables),
  });
  let buffer = '';
  let stderr = '';
  let lastId = 10;
  const pending = new Map();
  const otherMessages = [];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (buffer + chunk).split('\n');
    buffer = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      const resolve = message.method === undefined ? pending.get(message.id) : undefined;
      if (resolve) resolve(message);
      else otherMessages.push(message);
    }
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  const send = (message) => child.stdin.write(toJsonLines([message]));
  const request = (method, params, timeoutMs = 10_000) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => reject(new Error(`no response to ${method}`)), timeoutMs);
      pending.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      send({ jsonrpc: '2.0', id, method, ...(params && { params }) });
    });
  return {
    process: child,
    /** Messages that respond to none of the requests. */
    otherMessages,
    request,
    initialize: async (version) => {
      const [initialize, initialized] = initializeMessages(version);
      const response = await request('initialize', initialize.params);
      send(initialized);
      return response;
    },
    callTool: (name, args, timeoutMs) => request('tools/call', { name, arguments: args }, timeoutMs),
    stderr: () => stderr,
    kill: () => child.kill('SIGKILL'),
  };
}

/** The text of a tool result, or the error in its place. */
export function toolText({ error, result }) {
  if (error) return `error ${error.code}: ${error.message}`;
  return `${result?.isError ? 'isError: ' : ''}${result?.content?.[0]?.text}`;
}

// Programs and development packages that only some cases need

/** Returns the path of the first program that is on PATH. */
export function findOnPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** Requires a development package, from the folder in the second argument or from the checkout around `dist/`. */
export function requireDevPackage(name) {
  for (const folder of [process.argv[3], packageRoot].filter(Boolean))
    try {
      return createRequire(join(resolvePath(folder), 'package.json'))(name);
    } catch {
      // Try the next folder.
    }
  return skip(`this case needs the package ${name} (pass a folder that has it as second argument)`);
}

export async function launchBrowser(args = []) {
  const { chromium } = requireDevPackage('playwright-core');
  const executablePath = process.env.CHROMIUM ?? findOnPath('chromium', 'chromium-browser', 'google-chrome');
  if (!executablePath) skip('this case needs Chromium on PATH, or its path in CHROMIUM');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...args] });
}

/** Bundles a script for the browser. Returns its code. */
export async function bundle(contents, options = {}) {
  const { outputFiles } = await requireDevPackage('esbuild').build({
    stdin: { contents, resolveDir: packageRoot, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'error',
    ...options,
  });
  return outputFiles[0].text;
}
