import type { Command } from 'commander';
import { checkFiles } from '../check-files.js';
import { withClient } from '../client.js';
import { print, printResult, printToStderr, toJsonLine } from '../output.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface TypegenOptions extends ServiceOptions {
  readonly output?: string;
}

/** Adds `persona-client typegen`, which generates types and schemas for the fields of a service. */
export function addTypegenCommand(program: Command): void {
  addServiceOptions(program.command('typegen'))
    .description('generate TypeScript types and schemas for the fields of a service')
    .option('-o, --output <file>', 'file to write (default: standard output)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client typegen > persona-fields.ts\n  $ persona-client typegen -o src/persona-fields.ts --url https://personas.example.com',
    )
    .action(async ({ output, json, ...options }: TypegenOptions) => {
      if (output !== undefined) checkFiles([], [['output', output]]);
      const config = await withClient(options, (client) => client.fieldConfig.get());
      const { generateFieldTypes } = await import('../typegen.js');
      const code = generateFieldTypes(config);
      if (output === undefined) return printResult(json, { code }, () => code.trimEnd());
      const { writeOutputFile } = await import('../output-file.js');
      await writeOutputFile({ path: output, mode: 0o666 }, [code]);
      if (json) return print(toJsonLine({ file: output }));
      printToStderr(`Wrote ${output}`);
    });
}
