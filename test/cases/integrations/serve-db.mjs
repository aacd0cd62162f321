// serve --db. (1) `--db "$DB"` with an empty variable: SQLite opens a temporary database, the service prints "store ", and all personas
// are lost at its end. It should reject an empty name. (2) `serve` rejects another program's database, but switches it to WAL first.
// A program on a network drive or with read-only access may not open it any more. Check before changing anything.
// (3) Another program's database with user_version 1 causes "no such table: personas", without the file's name.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CLI,
  check,
  createTempFolder,
  fetchJson,
  finish,
  NODE,
  setTimeLimitSeconds,
  startProcess,
} from '../lib.mjs';

setTimeLimitSeconds(60);
const folder = createTempFolder();
/** Starts the service. Resolves to its address or its exit code, and its output. */
const startServe = (db) =>
  new Promise((resolve) => {
    const child = startProcess(NODE, [CLI, 'serve', '--port', '0', '--db', db], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const read = (data) => {
      output += data;
      const url = /at (http:\S+)/.exec(output)?.[1];
      if (url)
        resolve({
          url,
          output,
          stop: () => new Promise((exited) => child.once('exit', exited).kill('SIGTERM')),
        });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => resolve({ code, output: output.trim() }));
  });
const restartService = async (db) => {
  const first = await startServe(db);
  if (!first.url) return first;
  await fetchJson(first.url, '/personas', 'POST', { name: 'Kept' });
  await first.stop();
  const second = await startServe(db);
  const { total } = await fetchJson(second.url, '/personas');
  await second.stop();
  return { total };
};
const restarted = await restartService('good.db');
check('(control) --db good.db: a persona survives a restart', restarted.total === 6, restarted, {
  total: 6,
});
for (const db of ['', ' ']) {
  const result = await restartService(db);
  check(
    `--db ${JSON.stringify(db)}: rejected, or the persona survives a restart`,
    result.total === 6 || (result.code > 0 && /--db/.test(result.output)),
    result,
    'an error that names --db',
  );
}
const createForeignDatabase = (name, version, mode = 'delete') => {
  const file = join(folder, name);
  const database = new DatabaseSync(file);
  database.exec(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE bills (x); INSERT INTO bills VALUES (1); PRAGMA user_version = ${version};`,
  );
  database.close();
  return file;
};
const hashFile = (file) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
for (const version of [0, 1, 2]) {
  const file = createForeignDatabase(`bills-${version}.db`, version);
  const hashBefore = hashFile(file);
  const { code, output } = await startServe(file);
  check(
    `another program's database, user_version ${version}: rejected by name`,
    code > 0 && output.includes(file),
    output,
    `an error that names ${file}`,
  );
  check(
    `another program's database, user_version ${version}: unchanged`,
    hashFile(file) === hashBefore && !existsSync(`${file}-wal`),
    hashFile(file),
    hashBefore,
  );
}
finish();
