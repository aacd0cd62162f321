import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LogLevel } from '../mcp/run.js';
import type { Confirm } from '../mcp/shared-state.js';

interface McpFlags {
  readonly readOnly?: true;
  readonly tools?: readonly string[];
  readonly excludeTools?: readonly string[];
  readonly confirm: Confirm;
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

/** `persona-client mcp`: the MCP server. What it needs is loaded when it is run, not before. */
export function addMcp(program: Command): void {
  const command = program
    .command('mcp')
    .description('serve the personas to AI assistants (MCP), on stdin and stdout unless told otherwise');
  for (const option of options()) command.addOption(option);
  command.action(async (flags: McpFlags) => {
    try {
      await run(flags);
    } catch (error) {
      if (error instanceof TypeError || (error as { code?: unknown }).code === 'invalid_input')
        command.error(`error: ${(error as Error).message}`, { exitCode: 2 });
      throw error;
    }
  });
}

function options(): Option[] {
  return [
    new Option(
      '--read-only',
      'offer no tool that writes, whatever else is said (or set PERSONA_MCP_READ_ONLY)',
    ),
    new Option('--tools <names>', 'offer only these tools, separated by commas')
      .env('PERSONA_MCP_TOOLS')
      .argParser(names),
    new Option('--exclude-tools <names>', 'leave these tools out')
      .env('PERSONA_MCP_EXCLUDE_TOOLS')
      .argParser(names),
    new Option('--confirm <when>', 'ask the user before deleting')
      .env('PERSONA_MCP_CONFIRM')
      .choices(['auto', 'always', 'never'])
      .default('auto'),
    new Option('--http [port]', `serve Streamable HTTP at /mcp (default port: ${HTTP_PORT})`).argParser(port),
    new Option(
      '--host <name>',
      'address for HTTP; others than loopback need PERSONA_MCP_TOKEN and --allowed-hosts',
    ),
    new Option(
      '--allowed-hosts <names>',
      'host names under which HTTP clients come, separated by commas',
    ).argParser(names),
    new Option(
      '--tcp [port]',
      `serve JSON lines on a TCP port of this machine (default port: ${TCP_PORT})`,
    ).argParser(port),
    new Option('--socket <path>', 'serve JSON lines on a Unix socket that only you can use'),
    new Option('--timeout <ms>', 'how long one request to the service may take')
      .env('PERSONA_TIMEOUT_MS')
      .argParser(milliseconds),
    new Option('--log-level <level>', 'how much to say on stderr')
      .env('PERSONA_MCP_LOG_LEVEL')
      .choices(['silent', 'error', 'info', 'debug'])
      .default('info'),
    new Option('--list', 'print the names of the tools that these flags leave, and end'),
  ];
}

async function run(flags: McpFlags): Promise<void> {
  const { PERSONA_MCP_TOKEN: token, PERSONA_MCP_READ_ONLY: readOnly = '' } = process.env;
  const options = {
    readOnly: flags.readOnly === true || !/^(?:|0|false|no|off)$/i.test(readOnly),
    confirm: flags.confirm,
    ...(flags.tools && { tools: flags.tools }),
    ...(flags.excludeTools && { excludeTools: flags.excludeTools }),
  };
  if (flags.list) {
    const { chosenTools } = await import('../mcp/options.js');
    for (const { name, title } of chosenTools(options)) process.stdout.write(`${name}  ${title}\n`);
    return;
  }
  if (flags.http === undefined && (flags.host !== undefined || flags.allowedHosts !== undefined))
    throw new TypeError('--host and --allowed-hosts are for HTTP: give --http as well.');
  const { runMcp } = await import('../mcp/run.js');
  await runMcp({
    ...options,
    client: async () => {
      const { PersonaClient } = await import('../index.js');
      return PersonaClient.fromEnv(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout });
    },
    logLevel: flags.logLevel,
    ...(flags.http !== undefined && {
      http: {
        port: flags.http === true ? HTTP_PORT : flags.http,
        ...(flags.host !== undefined && { host: flags.host }),
        ...(flags.allowedHosts && { allowedHosts: flags.allowedHosts }),
        ...(token !== undefined && { token }),
      },
    }),
    ...(flags.tcp !== undefined && { tcpPort: flags.tcp === true ? TCP_PORT : flags.tcp }),
    ...(flags.socket !== undefined && { socketPath: flags.socket }),
  });
}

const names = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

const port = (text: string): number => whole(text, 65_535, 'Give a port from 0 to 65535.');

const milliseconds = (text: string): number =>
  whole(text, 2 ** 31 - 1, 'Give a whole number of milliseconds.');

function whole(text: string, most: number, refusal: string): number {
  if (!/^\d+$/.test(text) || Number(text) > most) throw new InvalidArgumentError(refusal);
  return Number(text);
}
