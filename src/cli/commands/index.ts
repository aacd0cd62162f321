/* The subcommands of `persona-client`. Each command imports what it needs when it runs, which keeps startup fast. */
import type { Command } from 'commander';
import { addCompletionCommand } from './completion.js';
import { addDoctorCommand } from './doctor.js';
import { addExportCommand } from './export.js';
import { addImportCommand } from './import.js';
import { addLoginCommands } from './login.js';
import { addMcpCommand } from './mcp.js';
import { addPersonaCommands } from './personas.js';
import { addPrivacyCommands } from './privacy.js';
import { addServeCommand } from './serve.js';
import { addTypegenCommand } from './typegen.js';

/** Adds all subcommands, in the order that `--help` shows. */
export function addCommands(program: Command): void {
  addServeCommand(program);
  addMcpCommand(program);
  addLoginCommands(program);
  addPersonaCommands(program);
  addImportCommand(program);
  addExportCommand(program);
  addPrivacyCommands(program);
  addTypegenCommand(program);
  addDoctorCommand(program);
  addCompletionCommand(program);
}
