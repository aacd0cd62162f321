import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ServiceFlags, withClient, withService } from '../connect.js';
import { answer, note, print } from '../terminal.js';

interface Flags extends ServiceFlags {
  readonly output?: string;
}

/** `persona-client typegen`: types and schemas of the deployment's fields. */
export function addTypegen(program: Command): void {
  withService(program.command('typegen'))
    .description('write TypeScript types and schemas of the fields that this deployment has')
    .option('-o, --output <file>', 'write them there (default: standard output)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client typegen > persona-fields.ts\n  $ persona-client typegen -o src/persona-fields.ts --url https://personas.example.com',
    )
    .action(async ({ output, json, ...flags }: Flags) => {
      const config = await withClient(flags, (client) => client.fieldConfig.get());
      const { typegen } = await import('../typegen.js');
      const code = typegen(config);
      if (output === undefined) return answer(json, { code }, () => code.trimEnd());
      await writeFile(output, code);
      if (json) return print(JSON.stringify({ file: output }));
      note(`Wrote ${output}`);
    });
}
