/** Prints a CycloneDX SBOM of what users install: the dependencies, and the packages bundled into dist. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { listBundledPackages } from './bundled-packages.js';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Sbom {
  components: Component[];
  dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly metadata: { readonly component: { name: string; readonly 'bom-ref': string } };
}

const bundled = await listBundledPackages();
const installed = new Map(
  [
    ...Object.keys(manifest.dependencies),
    ...bundled.filter(({ vendoredBy }) => !vendoredBy).map(({ name }) => name),
  ].map((name) => {
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    return [name, version as string];
  }),
);
const output = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const sbom: Sbom = JSON.parse(output);
sbom.metadata.component.name = manifest.name; // npm uses the folder's name
const listed = sbom.components.filter(({ name, version }) => installed.get(name) === version);
// npm does not know the packages that another package contains.
const vendored = bundled
  .filter(({ vendoredBy }) => vendoredBy !== undefined)
  .map(({ name, version, license, vendoredBy }) => ({
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: license } }],
    vendoredBy,
  }));
sbom.components = [...listed, ...vendored.map(({ vendoredBy, ...component }) => component)].map(
  (component) => {
    // Replaces npm's properties, which mark bundled packages as development dependencies.
    const entries = bundled.find(({ name }) => name === component.name)?.entries ?? [];
    return { ...component, properties: entries.map((value) => ({ name: 'persona-client:bundled', value })) };
  },
);
const refs = new Set(sbom.components.map((component) => component['bom-ref']));
const rootRef = sbom.metadata.component['bom-ref'];
sbom.dependencies = [
  ...sbom.dependencies
    .filter(({ ref }) => ref === rootRef || refs.has(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: [
        ...dependsOn.filter((dependency) => refs.has(dependency)),
        ...vendored.filter(({ vendoredBy }) => vendoredBy === ref).map((component) => component['bom-ref']),
      ],
    })),
  ...vendored.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })),
];
console.log(JSON.stringify(sbom, undefined, 2));
