import { createRequire } from 'node:module';
import * as library from 'persona-client';
import { runCases } from './program.mjs';

const otherCopy = createRequire(import.meta.url)('persona-client');
console.log(JSON.stringify(await runCases({ library, otherCopy, ...JSON.parse(process.argv[2]) })));
