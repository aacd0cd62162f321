import type { PersonaClient } from '../index.js';
import { createLazyClient } from './lazy-client.js';
import { createPersonaMcpServer, type PersonaMcpServer } from './lazy-server.js';
import { createLog, formatLogError, type LogLevel, logClientEvents } from './logging.js';
import type { PersonaMcpOptions } from './options.js';
import { listenMcpHttp, listenMcpSocket } from './transports/index.js';
import type { Connection, ErrorHandler, HttpOptions, McpListener } from './transports/types.js';

/** After this time, the server creates the client even without a first response, to report invalid options early. */
const FIRST_RESPONSE_TIMEOUT_MS = 250;

/** Options of `runMcp()`. Without `http`, `tcpPort` and `socketPath`, the server uses stdin and stdout. */
interface McpRunOptions extends Omit<PersonaMcpOptions, 'client'> {
  /**
   * Creates the client. The server calls this function once. With a listener, it does so before the listener opens. On stdio,
   * it waits for a request that needs the client, for the first response, or for a timeout.
   */
  readonly createClient: () => Promise<PersonaClient>;
  readonly http?: HttpOptions;
  readonly tcpPort?: number;
  readonly socketPath?: string;
  readonly logLevel: LogLevel;
}

/**
 * Starts the server and resolves when it is ready. Logs to stderr.
 *
 * The server runs until the process receives SIGINT or SIGTERM. On stdio, it also stops when stdin ends.
 *
 * @throws {TypeError} for invalid server options, before the server starts.
 * @throws the error of `createClient`. On stdio, the server then stops.
 */
export async function runMcp(options: McpRunOptions): Promise<void> {
  const { createClient, http, tcpPort, socketPath, logLevel, ...serverOptions } = options;
  const log = createLog(logLevel);
  let clientPromise: Promise<PersonaClient> | undefined;
  const getClient = () => {
    clientPromise ??= createClient().then((client) => {
      logClientEvents(client, log);
      return client;
    });
    return clientPromise;
  };
  const server = createPersonaMcpServer({ ...serverOptions, client: createLazyClient(getClient) });
  const onError = (error: Error) => log('error', formatLogError(error, logLevel));

  const hasListeners = [http, tcpPort, socketPath].some((option) => option !== undefined);
  if (hasListeners) await getClient();
  const connections: Connection[] = await openListeners(server, options, onError, (protocol, { address }) =>
    log('info', `MCP over ${protocol} at ${address}`),
  );

  let ready: Promise<unknown> = Promise.resolve();
  const stop = () => {
    for (const connection of connections) void connection.close();
    // If createClient failed, runMcp rejects with the same error, so ignore it here.
    void clientPromise?.then((client) => client.close()).catch(() => undefined);
  };
  if (!hasListeners) {
    const { serveProcessStdio } = await import('./transports/stdio.js');
    const firstResponse = new Promise<void>((resolve) => {
      connections.push(serveProcessStdio(server, { onError, onWrite: resolve, onClose: stop }));
    });
    ready = afterFirstResponse(firstResponse).then(getClient);
  }
  process.once('SIGINT', stop).once('SIGTERM', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.once(event, (error: unknown) => {
      log('error', `internal error: ${formatLogError(error, logLevel)}`);
      process.exit(1);
    });
  await ready.catch((error) => {
    stop();
    throw error;
  });
}

async function openListeners(
  server: PersonaMcpServer,
  { http, tcpPort, socketPath }: McpRunOptions,
  onError: ErrorHandler,
  onListening: (protocol: string, listener: McpListener) => void,
): Promise<McpListener[]> {
  const listeners: McpListener[] = [];
  const add = (protocol: string, listener: McpListener) => {
    listeners.push(listener);
    onListening(protocol, listener);
  };
  try {
    if (http) add('HTTP', await listenMcpHttp(server, http, onError));
    if (tcpPort !== undefined) add('TCP', await listenMcpSocket(server, { port: tcpPort }, onError));
    if (socketPath !== undefined)
      add('a Unix socket', await listenMcpSocket(server, { path: socketPath }, onError));
  } catch (error) {
    for (const listener of listeners) void listener.close(); // an open one would keep the process alive
    throw error;
  }
  return listeners;
}

/** Resolves after the server has written its first response, or after a timeout. */
const afterFirstResponse = (firstResponse: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, FIRST_RESPONSE_TIMEOUT_MS);
    void firstResponse.then(() => {
      clearTimeout(timer);
      setImmediate(resolve);
    });
  });
