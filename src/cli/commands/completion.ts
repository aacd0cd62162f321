import { Argument, type Command } from 'commander';
import type { Shell } from '../completion/index.js';
import { print } from '../output.js';

/** Adds `persona-client completion`, which prints a completion script for a shell. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'shell to complete in').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(persona-client completion bash)\n  $ persona-client completion zsh > ~/.zfunc/_persona-client\n  $ persona-client completion fish > ~/.config/fish/completions/persona-client.fish',
    )
    .action(async (shell: Shell) => {
      const { describeCommands, generateCompletionScript } = await import('../completion/index.js');
      await print(generateCompletionScript(shell, describeCommands(program)).trimEnd());
    });
}
