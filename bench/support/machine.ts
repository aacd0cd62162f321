import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';

const json = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** Where and with what it was measured. */
export const machine = (): Readonly<Record<string, string>> => ({
  date: new Date().toISOString().slice(0, 10),
  node: `Node ${process.versions.node}`,
  machine: `${platform()} ${arch()}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`,
  peers: Object.entries(json('../peers/package.json').dependencies as Record<string, string>)
    .map((each) => each.join(' '))
    .join(', '),
});
