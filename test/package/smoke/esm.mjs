import { createRequire } from 'node:module';
import * as library from 'persona-client';
import { runAll } from './program.mjs';

const other = createRequire(import.meta.url)('persona-client');
console.log(JSON.stringify(await runAll({ library, other, ...JSON.parse(process.argv[2]) })));
