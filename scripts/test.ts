/**
 * Runs the tests.
 *
 *   npm test                                    the default projects; about four minutes on two cores
 *   npm test -- --project security              one project; repeat the option for several
 *   npm test -- --project security --full       longer runs with more cases
 *   npm test -- test/unit/cache                 the default projects, only these files
 *   npm test -- --all                           every project, one after the other
 *   npm test -- --list                          lists the projects
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

interface Project {
  readonly description: string;
  /** Runs when `npm test` has no options. The default projects share one run on all cores. */
  readonly isDefault?: true;
  /** Runs on all cores as well. The tests of the other projects run one by one, because parallel tests would disturb their timing. */
  readonly isParallel?: true;
  /** The tests use the built package. */
  readonly needsBuild?: true;
  /** Folders with their own package.json. Their packages are installed before the tests run. */
  readonly packageFolders?: readonly string[];
  /** A program that runs instead of vitest. */
  readonly program?: string;
}

const PROJECTS: Readonly<Record<string, Project>> = {
  unit: { description: 'one module at a time', isDefault: true },
  integration: { description: 'the client against the local service', isDefault: true },
  contract: { description: 'the contract suite, on all kinds of services and both stores', isDefault: true },
  mcp: { description: 'the MCP server', isDefault: true },
  docs: { description: 'code blocks, tables and links of the documentation', isDefault: true },
  architecture: { description: 'imports, module graph and language', isDefault: true },
  types: { description: 'type assertions', isDefault: true },
  cli: { description: 'the command line, as processes', isParallel: true },
  faults: { description: 'the client under faults, on real sockets' },
  'shared-work': { description: 'work that callers share and whose owner is lost' },
  collections: { description: 'bulk operations: killed runs, memory; needs Chromium' },
  'cache-model': {
    description: 'the cache compared with a model, in random schedules',
    program: 'test/resilience/cache-model/run.ts',
  },
  soak: { description: 'heap growth on Node 22 and 24', program: 'test/resilience/soak/run.ts' },
  security: { description: 'attacks on secrets and identities; needs Chromium', needsBuild: true },
  redis: {
    description: 'the shared cache on Redis; needs redis-server',
    packageFolders: ['test/integration/redis/tools'],
  },
  served: {
    description: 'the contract suite against `persona-client serve`',
    program: 'test/contract/served.ts',
  },
  examples: {
    description: 'every example; needs Chromium',
    needsBuild: true,
    packageFolders: ['examples/cloudflare-worker', 'examples/nextjs', 'examples/testing/jest'],
  },
  browser: { description: 'the source in browsers; needs Chromium and Firefox' },
  tabs: { description: 'many tabs that share a session; needs Chromium' },
  apps: { description: 'the example applications; needs Chromium' },
  package: {
    description: 'the packed package in every runtime and bundler; needs browsers, zsh and fish',
    needsBuild: true,
  },
  site: { description: 'the documentation site: search, navigation, links; needs Chromium' },
  'mcp-release': {
    description: 'the MCP server as shipped: conformance, inspector, hostile input',
    needsBuild: true,
    packageFolders: ['test/mcp/release/tools'],
  },
};

/** Two workers per core, because many tests wait for processes, sockets and timers. */
const PARALLEL = `--maxWorkers=${2 * availableParallelism()}`;

const names: string[] = [];
const vitestArguments: string[] = [];
let full = false;
for (let args = process.argv.slice(2); args.length > 0; ) {
  const [argument = '', ...rest] = args;
  args = rest;
  if (argument === '--project') names.push(args.shift() ?? '');
  else if (argument.startsWith('--project=')) names.push(argument.slice('--project='.length));
  else if (argument === '--full') full = true;
  else if (argument === '--all') names.push(...Object.keys(PROJECTS));
  else if (argument === '--list') printProjects();
  else vitestArguments.push(argument);
}

if (names.length === 0) {
  console.log(
    'Runs the default projects: about four minutes on two cores. `npm test -- --list` shows the others.',
  );
  names.push(...Object.keys(PROJECTS).filter((name) => PROJECTS[name]?.isDefault));
}
const projects = names.map((name) => ({ name, ...findProject(name) }));
const vitestProjects = projects.filter(({ program }) => program === undefined);

if (projects.some(({ needsBuild }) => needsBuild)) run('npm', 'run', '--silent', 'build');
for (const folder of new Set(projects.flatMap(({ packageFolders = [] }) => packageFolders))) install(folder);
for (const { program } of projects)
  if (program !== undefined) run('tsx', program, ...(full ? ['--full'] : []), ...vitestArguments);
const shared = vitestProjects.filter(({ isDefault }) => isDefault);
const separate = vitestProjects.filter(({ isDefault }) => !isDefault);
if (shared.length > 0) runVitest(shared, PARALLEL);
for (const project of separate) runVitest([project], ...(project.isParallel ? [PARALLEL] : []));

function runVitest(group: readonly { readonly name: string }[], ...options: readonly string[]): void {
  run('vitest', 'run', ...group.flatMap(({ name }) => ['--project', name]), ...options, ...vitestArguments);
}

function printProjects(): never {
  for (const [name, { description, isDefault }] of Object.entries(PROJECTS))
    console.log(`${name.padEnd(14)}${description}${isDefault ? ' (default)' : ''}`);
  process.exit(0);
}

function findProject(name: string): Project {
  const project = PROJECTS[name];
  if (project) return project;
  console.error(`Unknown project '${name}'. Projects: ${Object.keys(PROJECTS).join(', ')}.`);
  return process.exit(2);
}

/** Installs the packages of a folder if needed. Only packages in `allowScripts` of that folder run install scripts. */
function install(folder: string): void {
  if (spawnSync('npm', ['ls', '--prefix', folder], { stdio: 'ignore' }).status === 0) return;
  run('npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund');
  const { allowScripts = {} } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  if (allowed.length > 0) run('npm', 'rebuild', '--prefix', folder, ...allowed);
}

/** Runs a command. If it fails, exits with the same code. */
function run(command: string, ...args: readonly string[]): void {
  const env = { ...process.env, JOBS: 'max', ...(full ? { TEST_FULL: '1' } : {}) };
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
