import { type PersonaClient, PersonaError } from '../index.js';
import { inWords } from './errors.js';
import type { PersonaMcpOptions } from './options.js';
import { createPersonaMcpServer } from './server.js';
import type { HttpOptions } from './transports/http.js';
import type { Connection } from './transports/types.js';

export type LogLevel = 'silent' | 'error' | 'info' | 'debug';
const LEVELS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];

/** What the command was told. Without a transport it is stdin and stdout. */
export interface McpSettings extends Omit<PersonaMcpOptions, 'client'> {
  readonly client: PersonaClient;
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
  const { client, http, tcpPort, socketPath } = settings;
  const log = logger(settings.logLevel);
  const server = createPersonaMcpServer(settings);
  const report = (error: Error) => log('error', reportOf(error, settings.logLevel));
  const connections: Connection[] = [];
  const listening = (kind: string) => (connection: Connection & { address: string }) => {
    connections.push(connection);
    log('info', `MCP over ${kind} at ${connection.address}`);
  };
  narrate(client, log);
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

  const stop = () => {
    for (const connection of connections) void connection.close();
    client.close();
  };
  if (connections.length === 0) {
    const { serveProcess } = await import('./transports/stdio.js');
    connections.push(serveProcess(server, report, stop));
  }
  process.once('SIGINT', stop).once('SIGTERM', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.once(event, (error: unknown) => {
      log('error', `internal error: ${reportOf(error, settings.logLevel)}`);
      process.exit(1);
    });
}

type Log = (level: LogLevel, message: string) => void;

function logger(most: LogLevel): Log {
  return (level, message) => {
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(most))
      process.stderr.write(`persona-client mcp: ${message}\n`);
  };
}

/** An error for a log that others may read: its kind and, for those who look for a bug, where it was, not what it said. */
function reportOf(error: unknown, level: LogLevel): string {
  if (error instanceof PersonaError) return inWords(error);
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
  client.on('retry', ({ call, waitMs, reason }) =>
    log('debug', `${call} again in ${Math.round(waitMs)} ms: ${reason}`),
  );
  client.on('circuit', ({ state }) => log('info', `circuit ${state}`));
}
