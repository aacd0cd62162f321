/**
 * Writes the OpenAPI document of each dialect to `openapi/<dialect>.json`.
 *
 * With `--check`, writes nothing and fails if a document differs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createDialectRules } from '../src/service/dialects/index.js';
import { DEFAULT_FIELD_CONFIG } from '../src/service/field-config.js';
import { composeOpenApi } from '../src/service/openapi/index.js';

const DIALECTS = ['subresource', 'attributes'] as const;

function compose(dialect: (typeof DIALECTS)[number]): string {
  const rules = createDialectRules(dialect, DEFAULT_FIELD_CONFIG, false);
  const options = { rules, fieldConfig: DEFAULT_FIELD_CONFIG, serverUrl: 'http://localhost:5050' };
  return `${toLines(composeOpenApi(options), 3)}\n`;
}

/** Renders JSON with a line for each operation and each schema, so that changes are readable and the files are small. */
function toLines(value: unknown, depth: number): string {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, entry]) => `${JSON.stringify(key)}: ${toLines(entry, depth - 1)}`,
  );
  return `{\n${entries.join(',\n')}\n}`;
}

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const check = process.argv.includes('--check');
mkdirSync('openapi', { recursive: true });
for (const dialect of DIALECTS) {
  const path = `openapi/${dialect}.json`;
  const text = compose(dialect);
  if (read(path) === text) continue;
  if (check) {
    console.error(`${path} is out of date. Run npm run api and commit it.`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`openapi: wrote ${path}`);
  }
}
