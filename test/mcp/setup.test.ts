import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { INITIALIZE_REQUEST, startMcpCommand } from '../support/mcp-command.js';

/** How an assistant starts the server. */
interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const GUIDE = readFileSync('docs/guides/ai-assistants.md', 'utf8');

/** The code blocks of a language below each heading of the guide. */
const blocks = (language: string): [heading: string, code: string][] =>
  GUIDE.split(/^### /m)
    .slice(1)
    .flatMap((section) =>
      [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
        .filter((match) => match[1] === language)
        .map((match): [string, string] => [section.split('\n', 1)[0] ?? '', match[2] ?? '']),
    );

const parseSettings = (code: string): Launch => {
  const { mcpServers, servers = mcpServers } = JSON.parse(code);
  expect(Object.keys(servers)).toEqual(['personas']);
  return servers.personas;
};

/** Parses the strings, lists and tables of a TOML file, which are written as in JSON. */
function parseToml(code: string): Launch {
  const tables: Record<string, Record<string, unknown>> = {};
  let table: Record<string, unknown> = {};
  for (const line of code.split('\n').filter(Boolean)) {
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^(\w+) = (.+)$/.exec(line) ?? [];
    if (name) table = tables[name] = {};
    else table[key] = JSON.parse(value);
  }
  expect(Object.keys(tables)).toEqual(['mcp_servers.personas', 'mcp_servers.personas.env']);
  return { ...tables['mcp_servers.personas'], env: tables['mcp_servers.personas.env'] } as unknown as Launch;
}

/** Parses a command line that adds the server to an assistant. Its variables follow `--env` or `-e`. */
function parseShell(line: string): Launch {
  const words = line.split(' ');
  const [name = '', value = ''] = /--?e(?:nv)? (\w+)=(\S+)/.exec(line)?.slice(1) ?? [];
  const start = words.indexOf('--') + 1 || words.indexOf('node');
  const command = words.slice(start, words.indexOf('mcp', start) + 1);
  return { command: command[0] ?? '', args: command.slice(1), env: { [name]: value } };
}

const LAUNCHES: [client: string, launch: () => Launch][] = [
  ...blocks('json').map(([client, code]): [string, () => Launch] => [client, () => parseSettings(code)]),
  ...blocks('toml').map(([client, code]): [string, () => Launch] => [client, () => parseToml(code)]),
  ...blocks('sh').flatMap(([client, code]) =>
    code
      .trim()
      .split('\n')
      .map((line): [string, () => Launch] => [client, () => parseShell(line)]),
  ),
];

const INSTALLED_FILE =
  /^(?:(?:\/path\/to\/project|\$\{workspaceFolder\})\/|C:\\path\\to\\project\\)?node_modules[\\/]persona-client[\\/]dist[\\/]cli\.js$/;

/** Returns the arguments of the command. Fails unless the line starts the installed package. */
function commandArguments({ command, args }: Launch): readonly string[] {
  const [program = '', ...rest] = command === 'cmd' && args[0] === '/c' ? args.slice(1) : [command, ...args];
  if (program === 'node') {
    expect(rest[0]).toMatch(INSTALLED_FILE);
    return rest.slice(1);
  }
  expect([program, ...rest.slice(0, 2)]).toEqual(['npx', '--no-install', 'persona-client']);
  return rest.slice(2);
}

describe('the set-up lines of the guide', () => {
  test('exist for each assistant', () => {
    expect(new Set(LAUNCHES.map(([client]) => client))).toEqual(
      new Set(['Claude Code', 'Claude Desktop', 'Cursor', 'VS Code', 'Codex', 'Windows', 'Inspector']),
    );
    expect(LAUNCHES).toHaveLength(11);
  });

  test.each(LAUNCHES)('start the server: %s', async (_, parse) => {
    const launch = parse();
    const [subcommand, ...args] = commandArguments(launch);
    expect(subcommand).toBe('mcp');
    expect(launch.env).toEqual({ PERSONA_API_URL: 'http://localhost:5050' });
    const mcp = startMcpCommand(args, launch.env);
    expect(await mcp.sendRequest(INITIALIZE_REQUEST)).toMatchObject({
      result: { serverInfo: { name: 'persona-server' } },
    });
  });

  test('name the package and its command as package.json does', () => {
    const { name, bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect([name, bin]).toEqual(['persona-client', { 'persona-client': './dist/cli.js' }]);
  });
});
