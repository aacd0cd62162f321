import { Argument, type Command } from 'commander';
import { print } from '../terminal.js';

/** `persona-client completion`: a script for the shell. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that makes your shell complete this command')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(persona-client completion bash)\n  $ persona-client completion zsh > ~/.zfunc/_persona-client\n  $ persona-client completion fish > ~/.config/fish/completions/persona-client.fish',
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const [{ scriptFor }, { wordsOf }] = await Promise.all([
        import('../completion/scripts.js'),
        import('../completion/words.js'),
      ]);
      await print(scriptFor(shell, wordsOf(program)).trimEnd());
    });
}
