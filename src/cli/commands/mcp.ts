import * as nodeModule from 'node:module';
import { type Command, Option } from 'commander';
import { MAX_TIMER_MS } from '../../core/timers.js';
import type { LogLevel } from '../../mcp/logging.js';
import type { ConfirmMode } from '../../mcp/shared-state.js';
import { createIntegerParser, parseAnyPort, parseHttpPort, parseNames } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import { toListenError } from '../listen-errors.js';

interface McpOptions {
  readonly readOnly?: true;
  readonly tools?: readonly string[];
  readonly excludeTools?: readonly string[];
  readonly confirm: ConfirmMode;
  readonly http?: number | true;
  readonly host?: string;
  readonly allowedHosts?: readonly string[];
  readonly tcp?: number | true;
  readonly socket?: string;
  readonly timeout?: number;
  readonly logLevel: LogLevel;
  readonly list?: true;
}

const TCP_PORT = 8123;
const HTTP_PORT = 8124;

/** Adds `persona-client mcp`, which runs the MCP server. */
export function addMcpCommand(program: Command): void {
  const command = program
    .command('mcp')
    .description('run an MCP server for AI assistants (default transport: stdin and stdout)');
  for (const option of createOptions()) command.addOption(option);
  command.action(async (options: McpOptions) => {
    try {
      await runMcp(options);
    } catch (error) {
      if (error instanceof TypeError || (error as { code?: unknown }).code === 'invalid_input')
        command.error(`error: ${(error as Error).message}`, { exitCode: EXIT.invalidInput });
      const tcpPort = options.tcp === true ? TCP_PORT : options.tcp;
      throw toListenError(error, (port) => (port === tcpPort ? '--tcp' : '--http'));
    }
  });
}

function createOptions(): Option[] {
  return [
    new Option(
      '--read-only',
      'offer only tools that read; takes precedence over --tools (env: PERSONA_MCP_READ_ONLY)',
    ),
    new Option('--tools <names>', 'tools to offer, separated by commas (default: all)')
      .env('PERSONA_MCP_TOOLS')
      .argParser(parseNames),
    new Option('--exclude-tools <names>', 'tools not to offer, separated by commas')
      .env('PERSONA_MCP_EXCLUDE_TOOLS')
      .argParser(parseNames),
    new Option('--confirm <when>', 'when to ask the user to confirm a deletion')
      .env('PERSONA_MCP_CONFIRM')
      .choices(['auto', 'always', 'never'])
      .default('auto'),
    new Option('--http [port]', `serve Streamable HTTP at /mcp (default port: ${HTTP_PORT})`).argParser(
      parseHttpPort,
    ),
    new Option(
      '--host <name>',
      'address for HTTP (default: 127.0.0.1); unless loopback, requires PERSONA_MCP_TOKEN and --allowed-hosts',
    ),
    new Option(
      '--allowed-hosts <names>',
      'host names that HTTP clients may use, separated by commas',
    ).argParser(parseNames),
    new Option('--tcp [port]', `serve JSON lines on a local TCP port (default port: ${TCP_PORT})`).argParser(
      parseAnyPort,
    ),
    new Option('--socket <path>', 'serve JSON lines on a Unix socket that only your user can open'),
    new Option('--timeout <ms>', 'timeout of each request to the service, in milliseconds')
      .env('PERSONA_TIMEOUT_MS')
      .argParser(createIntegerParser(0, MAX_TIMER_MS)),
    new Option('--log-level <level>', 'log level; the log goes to stderr')
      .env('PERSONA_MCP_LOG_LEVEL')
      .choices(['silent', 'error', 'info', 'debug'])
      .default('info'),
    new Option('--list', 'list the offered tools and exit'),
  ];
}

async function runMcp(options: McpOptions): Promise<void> {
  const { PERSONA_MCP_TOKEN: token, PERSONA_MCP_READ_ONLY: readOnlyVariable = 'no' } = process.env;
  if (options.tools?.length === 0) throw new TypeError('--tools must name at least one tool.');
  const toolOptions = {
    readOnly: options.readOnly === true || !/^(?:0|false|no|off)$/i.test(readOnlyVariable),
    confirm: options.confirm,
    ...(options.tools && { tools: options.tools }),
    ...(options.excludeTools && { excludeTools: options.excludeTools }),
  };
  if (options.list) {
    const { selectTools } = await import('../../mcp/options.js');
    for (const { name, title } of selectTools(toolOptions)) process.stdout.write(`${name}  ${title}\n`);
    return;
  }
  if (options.http === undefined && (options.host !== undefined || options.allowedHosts !== undefined))
    throw new TypeError('--host and --allowed-hosts require --http.');
  const { runMcp } = await import('../../mcp/run.js');
  await runMcp({
    ...toolOptions,
    createClient: async () => {
      const { PersonaClient } = await import('../../index.js');
      return PersonaClient.fromEnv(options.timeout === undefined ? {} : { timeoutMs: options.timeout });
    },
    logLevel: options.logLevel,
    ...(options.http !== undefined && {
      http: {
        port: options.http === true ? HTTP_PORT : options.http,
        ...(options.host !== undefined && { host: options.host }),
        ...(options.allowedHosts && { allowedHosts: options.allowedHosts }),
        ...(token !== undefined && { token }),
      },
    }),
    ...(options.tcp !== undefined && { tcpPort: options.tcp === true ? TCP_PORT : options.tcp }),
    ...(options.socket !== undefined && { socketPath: options.socket }),
  });
  // Node.js does so only when it exits, but many MCP clients kill the process.
  nodeModule.flushCompileCache?.();
}
