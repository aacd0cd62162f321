#!/usr/bin/env node
/* The `persona-client` command. Checks the version of Node.js before it loads the rest, which an older version cannot load. */
import * as nodeModule from 'node:module';

/** The same as `engines.node` in `package.json`. */
const MIN_VERSION = '22.13';

const [major, minor] = parseVersion(process.versions.node);
const [minMajor, minMinor] = parseVersion(MIN_VERSION);
if (major < minMajor || (major === minMajor && minor < minMinor)) {
  const message = `The persona-client command needs Node.js ${MIN_VERSION} or newer, and this is Node.js ${process.versions.node}.`;
  const isJson = process.argv.includes('--json');
  console.error(isJson ? JSON.stringify({ error: { code: 'failed', message } }) : message);
  process.exitCode = 1;
} else {
  nodeModule.enableCompileCache?.(); // speeds up the start; other runtimes may lack it
  import('./main.js');
}

function parseVersion(version: string): [major: number, minor: number] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}
