import type { PersonaClient } from '../index.js';
import { inWords, isPersonaError } from './errors.js';
import { lazyClient } from './lazy-client.js';
import type { PersonaMcpOptions } from './options.js';
import { createPersonaMcpServer } from './server.js';
import type { HttpOptions } from './transports/http.js';
import type { Connection } from './transports/types.js';

export type LogLevel = 'silent' | 'error' | 'info' | 'debug';
const LEVELS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];

/** What the command was told. Without a transport it is stdin and stdout. */
export interface McpSettings extends Omit<PersonaMcpOptions, 'client'> {
  /** Makes the client. Called once, after the first answer on stdout, before any socket is opened. */
  readonly client: () => Promise<PersonaClient>;
  readonly http?: HttpOptions;
  readonly tcpPort?: number;
  readonly socketPath?: string;
  readonly logLevel: LogLevel;
}

/**
 * Serve until stdin ends, or SIGINT or SIGTERM comes. Everything that is said is said on stderr.
 * @throws {TypeError} for settings that cannot be, before anything is served.
 */
export async function runMcp(settings: McpSettings): Promise<void> {
  const { http, tcpPort, socketPath } = settings;
  const log = logger(settings.logLevel);
  let made: Promise<PersonaClient> | undefined;
  const client = () => {
    made ??= settings.client().then((client) => {
      narrate(client, log);
      return client;
    });
    return made;
  };
  const server = createPersonaMcpServer({ ...settings, client: lazyClient(client) });
  const report = (error: Error) => log('error', reportOf(error, settings.logLevel));
  const connections: Connection[] = [];
  const listening = (kind: string) => (connection: Connection & { address: string }) => {
    connections.push(connection);
    log('info', `MCP over ${kind} at ${connection.address}`);
  };
  if ([http, tcpPort, socketPath].some((place) => place !== undefined)) await client();
  if (http)
    await import('./transports/http.js')
      .then(({ listenMcpHttp }) => listenMcpHttp(server, http, report))
      .then(listening('HTTP'));
  if (tcpPort !== undefined || socketPath !== undefined) {
    const { listenMcpSocket } = await import('./transports/socket.js');
    if (tcpPort !== undefined) listening('TCP')(await listenMcpSocket(server, { port: tcpPort }, report));
    if (socketPath !== undefined)
      listening('a Unix socket')(await listenMcpSocket(server, { path: socketPath }, report));
  }

  let ready: Promise<unknown> = Promise.resolve();
  const stop = () => {
    for (const connection of connections) void connection.close();
    void made?.then((client) => client.close()).catch(() => undefined); // it was never made, and that was said
  };
  if (connections.length === 0) {
    const { serveProcess } = await import('./transports/stdio.js');
    const answered = new Promise<void>((spoken) => {
      connections.push(serveProcess(server, report, spoken, stop));
    });
    ready = afterThat(answered).then(client);
  }
  process.once('SIGINT', stop).once('SIGTERM', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.once(event, (error: unknown) => {
      log('error', `internal error: ${reportOf(error, settings.logLevel)}`);
      process.exit(1);
    });
  await ready.catch((error) => {
    stop();
    throw error;
  });
}

/** The first message has been answered; or none has come for a while, and bad settings should be heard of. */
const afterThat = (answered: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const idle = setTimeout(resolve, 250);
    void answered.then(() => {
      clearTimeout(idle);
      setImmediate(resolve);
    });
  });

type Log = (level: LogLevel, message: string) => void;

function logger(most: LogLevel): Log {
  return (level, message) => {
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(most))
      process.stderr.write(`persona-client mcp: ${message}\n`);
  };
}

/** An error for a log that others may read: its kind and, for those who look for a bug, where it was, not what it said. */
function reportOf(error: unknown, level: LogLevel): string {
  if (isPersonaError(error)) return inWords(error);
  if (!(error instanceof Error)) return typeof error;
  const code = (error as NodeJS.ErrnoException).code;
  const frames =
    level === 'debug' ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return [`${error.name}${typeof code === 'string' ? ` ${code}` : ''}`, ...frames].join('\n');
}

/** What goes on between this server and the service, without headers, bodies and queries. */
function narrate(client: PersonaClient, log: Log): void {
  client.on('response', ({ call, attempt, status, durationMs }) =>
    log('debug', `${call} attempt ${attempt}: ${status ?? 'no answer'} in ${Math.round(durationMs)} ms`),
  );
  client.on('retry', ({ call, delayMs: waitMs, error: reason }) =>
    log('debug', `${call} again in ${Math.round(waitMs)} ms: ${reason}`),
  );
  client.on('circuit', ({ state }) => log('info', `circuit ${state}`));
}
