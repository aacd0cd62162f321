import type { Command } from 'commander';

/** What can be written after a command. */
export interface Words {
  readonly name: string;
  readonly description: string;
  readonly options: readonly {
    readonly long: string;
    readonly short?: string;
    readonly description: string;
    /** It takes a value: one of these, or any (empty). */
    readonly values?: readonly string[];
  }[];
  /** Its arguments are files. */
  readonly files: boolean;
}

/** The commands of a program, as shells complete them. */
export const wordsOf = (program: Command): Words[] =>
  program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    files: command.registeredArguments.some((argument) => argument.name() === 'file'),
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
