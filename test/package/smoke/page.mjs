import * as library from 'persona-client';
import other from './other.cjs';
import { runAll } from './program.mjs';

const setting = JSON.parse(new URLSearchParams(location.search).get('setting'));
globalThis.smokeResults = runAll({ library, other, ...setting });
