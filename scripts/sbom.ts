/** Prints a CycloneDX SBOM of what users install: the dependencies, and the packages bundled into dist. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { ALL_BUNDLED } from '../tsup.config.js';

interface Sbom {
  components: {
    readonly name: string;
    readonly version: string;
    readonly 'bom-ref': string;
    properties?: unknown[];
  }[];
  dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly metadata: { readonly component: { name: string; readonly 'bom-ref': string } };
}

const names = [...Object.keys(manifest.dependencies), ...ALL_BUNDLED];
const installed = new Map(
  names.map((name) => {
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
sbom.components = sbom.components
  .filter(({ name, version }) => installed.get(name) === version)
  .map((component) => {
    // Replaces npm's properties, which mark bundled packages as development dependencies.
    const properties =
      component.name in manifest.dependencies ? [] : [{ name: 'persona-client:bundled', value: 'dist' }];
    return { ...component, properties };
  });
const refs = new Set(sbom.components.map((component) => component['bom-ref']));
const rootRef = sbom.metadata.component['bom-ref'];
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => ref === rootRef || refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((dependency) => refs.has(dependency)) }));
console.log(JSON.stringify(sbom, undefined, 2));
