import * as library from 'persona-client';
import { runCases } from './program.mjs';
import otherCopy from './second-copy.cjs';

const urls = JSON.parse(new URLSearchParams(location.search).get('urls'));
globalThis.smokeResults = runCases({ library, otherCopy, ...urls });
