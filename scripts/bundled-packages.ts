/** Lists the packages whose code is in dist, as the bundler reports them in its metafile. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Options } from 'tsup';
import configurations from '../tsup.config.js';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly licenseText: string;
  /** The entries that contain code of the package, such as `cli.js`. */
  readonly entries: readonly string[];
  /** Set if another package contains the code, so that the package itself is not installed. */
  readonly vendoredBy?: string;
}

interface Metafile {
  readonly outputs: Readonly<Record<string, MetafileOutput>>;
}

interface MetafileOutput {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string }[];
}

/** A package before its license is read. */
interface PackageCode extends Pick<BundledPackage, 'name' | 'version' | 'vendoredBy'> {
  /** The folder that contains the license. */
  readonly folder: string;
}

const root = fileURLToPath(new URL('../', import.meta.url));

/** Bundles all entries, without declarations, and returns the packages in the order of their names. */
export async function listBundledPackages(): Promise<BundledPackage[]> {
  const entriesByPackage = new Map<string, Set<string>>();
  const packages = new Map<string, PackageCode>();
  for (const configuration of configurations as readonly Options[]) {
    for (const [entry, inputs] of Object.entries(await bundle(configuration))) {
      for (const code of inputs.flatMap(findPackages)) {
        const id = `${code.name}@${code.version}`;
        packages.set(id, code);
        entriesByPackage.set(id, (entriesByPackage.get(id) ?? new Set()).add(entry));
      }
    }
  }
  return [...packages]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, code]) => ({
      name: code.name,
      version: code.version,
      ...(code.vendoredBy !== undefined && { vendoredBy: code.vendoredBy }),
      ...readLicense(code),
      entries: [...(entriesByPackage.get(id) ?? [])].toSorted(),
    }));
}

/** Bundles the entries of one configuration. Returns the input files whose code each entry contains or loads. */
async function bundle(configuration: Options): Promise<Record<string, string[]>> {
  const outDir = mkdtempSync(join(tmpdir(), 'persona-client-bundle-'));
  try {
    await build({ ...configuration, config: false, dts: false, silent: true, metafile: true, outDir });
    const name = readdirSync(outDir).find((file) => file.startsWith('metafile-')) ?? '';
    const { outputs }: Metafile = JSON.parse(readFileSync(join(outDir, name), 'utf8'));
    const entryNames = Object.keys(configuration.entry ?? {});
    const entries = Object.keys(outputs).filter((path) => entryNames.includes(parse(path).name));
    return Object.fromEntries(entries.map((path) => [parse(path).base, collectInputs(outputs, path)]));
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

/** Returns the inputs of an output, and of all chunks that it loads. */
function collectInputs(outputs: Metafile['outputs'], path: string, visited = new Set<string>()): string[] {
  const output = outputs[path];
  if (output === undefined || visited.has(path)) return [];
  visited.add(path);
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return [
    ...inputs.map(([input]) => input),
    ...output.imports.flatMap((chunk) => collectInputs(outputs, chunk.path, visited)),
  ];
}

/** Returns the package of an input file, and the packages whose code that file contains. */
function findPackages(input: string): PackageCode[] {
  const [, folder, name] = PACKAGE_FILE.exec(input) ?? [];
  if (folder === undefined || name === undefined) return [];
  const { version } = readManifest(folder);
  const text = readFileSync(join(root, input), 'utf8');
  const vendored = [...text.matchAll(VENDORED_FILE)].map(([path, vendoredName = '']) => {
    const vendoredVersion = PNPM_VERSION.exec(path)?.[1];
    if (vendoredVersion === undefined) throw new Error(`${input} contains ${path} of an unknown version`);
    return {
      name: vendoredName,
      version: vendoredVersion,
      vendoredBy: `${name}@${version}`,
      folder: VENDORED_LICENSES,
    };
  });
  return [{ name, version, folder }, ...vendored];
}

/** The last folder of a package in a path. */
const PACKAGE_FILE = /^(.*\bnode_modules\/((?:@[^/]+\/)?[^/]+))\//;
/** A bundler names each file that it bundles in a comment, such as `//#region ../node_modules/.pnpm/ky@1.0.0/node_modules/ky/index.js`. */
const VENDORED_FILE = /^\s*\/[/*].*\bnode_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+/gm;
const PNPM_VERSION = /\.pnpm\/@?[^@/]+@([^/_(]+)/;

/** Licenses of vendored packages, which are not installed: `content-type@1.0.5.MIT.txt`. */
const VENDORED_LICENSES = 'scripts/licenses';

function readManifest(folder: string): { readonly version: string; readonly license?: string } {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** @throws {Error} if the package has no license, or `scripts/licenses` lacks the license of a vendored package. */
function readLicense({ name, version, folder, vendoredBy }: PackageCode) {
  const prefix = `${name}@${version}.`;
  const files = readdirSync(join(root, folder), { recursive: vendoredBy !== undefined, encoding: 'utf8' });
  const file = files.find((path) =>
    vendoredBy === undefined ? /^licen[cs]e/i.test(path) : path.startsWith(prefix),
  );
  if (file === undefined)
    throw new Error(
      vendoredBy === undefined
        ? `${name} has no license file`
        : `${vendoredBy} contains code of ${name} ${version}. Add its license to ${folder} as ${prefix}<SPDX identifier>.txt`,
    );
  const license =
    vendoredBy === undefined ? readManifest(folder).license : file.slice(prefix.length, -'.txt'.length);
  if (license === undefined) throw new Error(`${name} declares no license`);
  return { license, licenseText: readFileSync(join(root, folder, file), 'utf8').trim() };
}
