import { Command, type Option } from 'commander';
import { markdownTable } from '../../../bench/support/markdown.js';
import { addCommands } from '../../../src/cli/commands/index.js';
import { addServiceOptions } from '../../../src/cli/service-options.js';

/** Creates the command with all its subcommands, without running one. */
export function createProgram(): Command {
  const program = new Command('persona-client');
  addCommands(program);
  return program;
}

const SERVICE_FLAGS = addServiceOptions(new Command()).options;

/** Formats the flags of all commands that send requests to a service. */
export const formatServiceFlags = (): string => formatFlags(SERVICE_FLAGS);

/** Formats all subcommands as Markdown: a heading, the description, and a table of the flags of its own. */
export const formatCommands = (): string => createProgram().commands.map(formatCommand).join('\n');

function formatCommand(command: Command): string {
  const usage = `\`persona-client ${command.name()} ${command.usage()}\`: ${command.description()}.`;
  const shared = command.options.some(hasFlags('--json')) ? SERVICE_FLAGS : [];
  const flags = command.options.filter((option) => !shared.some(hasFlags(option.flags)));
  const table = flags.length > 0 ? `\n${formatFlags(flags)}` : '';
  return `### ${command.name()}\n\n${usage}\n${table}`;
}

const hasFlags =
  (flags: string) =>
  (option: Option): boolean =>
    option.flags === flags;

const formatFlags = (options: readonly Option[]) =>
  markdownTable(['flag', 'default', 'meaning'], options.map(formatFlag));

function formatFlag({ flags, description, defaultValue, argChoices, envVar }: Option): string[] {
  const note = / \(default: (.+)\)$/.exec(description)?.[1];
  const text =
    note === undefined ? description : description.slice(0, description.lastIndexOf(' (default: '));
  const fallback = defaultValue === undefined ? (note ?? '') : `\`${String(defaultValue)}\``;
  const choices = argChoices ? `: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}` : '';
  const variable = envVar ? `; variable \`${envVar}\`` : '';
  return [`\`${flags}\``, escapeText(fallback), escapeText(text) + choices + variable];
}

const escapeText = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
