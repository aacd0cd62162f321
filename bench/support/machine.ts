import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';

const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** Describes the machine and the versions of a run. */
export const describeMachine = (): Readonly<Record<string, string>> => ({
  date: new Date().toISOString().slice(0, 10),
  node: `Node ${process.versions.node}`,
  machine: `${platform()} ${arch()}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`,
  peers: Object.entries(readJson('../peers/package.json').dependencies as Record<string, string>)
    .map((entry) => entry.join(' '))
    .join(', '),
});
