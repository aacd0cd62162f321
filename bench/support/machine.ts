import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';

const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** Packages that the client uses. Its build contains ky, opossum and zod. */
const PARTS = ['ky', 'lru-cache', 'opossum', 'undici', 'zod'];

/** Formats the versions that are installed in a folder. */
const formatVersions = (folder: string, names: readonly string[]): string =>
  names
    .map((name) => `${name} ${readJson(`${folder}/node_modules/${name}/package.json`).version}`)
    .join(', ');

/** Describes the machine and the versions of a run. */
export const describeMachine = (): Readonly<Record<string, string>> => ({
  date: new Date().toISOString().slice(0, 10),
  node: `Node ${process.versions.node}`,
  machine: `${platform()} ${arch()}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`,
  peers: formatVersions('../peers', Object.keys(readJson('../peers/package.json').dependencies)),
  client: `persona-client ${readJson('../../package.json').version} with ${formatVersions('../..', PARTS)}`,
});
