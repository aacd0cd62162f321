import type { Command } from 'commander';

/** Describes a command for a completion script. */
export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  /** Whether the arguments are file names. */
  readonly takesFiles: boolean;
  /** The values of the first argument, if the command has a fixed set of them. */
  readonly choices: readonly string[];
}

interface OptionSpec {
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  /** Set if the option takes a value: the choices, or an empty list for any value. */
  readonly values?: readonly string[];
}

/** Describes the commands of a program. */
export const describeCommands = (program: Command): CommandSpec[] =>
  program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    takesFiles: command.registeredArguments.some((argument) => argument.name() === 'file'),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map(({ long, short, description, required, optional, argChoices }) => ({
          long: long ?? '',
          ...(short && { short }),
          description,
          ...((required || optional) && { values: argChoices ?? [] }),
        })),
      { long: '--help', short: '-h', description: 'display help for command' },
    ],
  }));
