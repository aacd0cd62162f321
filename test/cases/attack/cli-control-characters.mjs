// A stored name contains a line feed, escape sequences, C1 controls and bidirectional overrides.
// `get` and `doctor` print the line feed, so the name can forge a line ("FORGED: yes"). --json prints C1 and overrides raw.
// `export --format csv` prints raw field names to the terminal. All of these should escape, as `list` does.
import { check, finish, runCliAsync, setTimeLimitSeconds, startStubService } from '../lib.mjs';

setTimeLimitSeconds(50);
const hostileText = '\x1b]0;pwned\x07\x1b[31mred\x9b31mC1\u202eRLO\u2066iso\rCR\nFORGED: yes\u0085NEL';
const timestamp = '2026-01-01T00:00:00';
const hostilePersona = {
  id: 1,
  name: hostileText,
  created_at: timestamp,
  updated_at: timestamp,
  demographic: { country: hostileText, [`k${hostileText}`]: hostileText },
  psychographic: { lifestyle: 'x', [`f${hostileText}`]: 'y' },
};
const service = await startStubService(({ path, id }) =>
  path.includes('field-config')
    ? { body: { psychographic: { label: hostileText, fields: [{ name: 'x', type: 'string' }] } } }
    : path.includes('health')
      ? { body: { status: hostileText, version: hostileText } }
      : id
        ? { body: hostilePersona }
        : { body: { personas: [hostilePersona], total: 1, page: 1, per_page: 20, pages: 1 } },
);
const controlCharacter = /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;
for (const args of [
  ['list'],
  ['get', '1'],
  ['doctor'],
  ['get', '1', '--json'],
  ['list', '--json'],
  ['export', '--format', 'csv'],
]) {
  const { stdout, stderr } = await runCliAsync(service.url, [...args, '--dialect', 'attributes'], {
    timeout: 20_000,
  });
  const text = stdout + stderr;
  const scenario = args.join(' ');
  check(`${scenario}: forges no line`, !/^\s*FORGED: yes/m.test(text), 'a line "FORGED: yes"', 'none');
  const found = [
    ...new Set(
      [...text]
        .filter((character) =>
          (args[0] === 'export' ? /(?![\t\n\r\u007f-\u009f])\p{Cc}/u : controlCharacter).test(character),
        )
        .map((character) => `U+${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ),
  ].join(' ');
  check(`${scenario}: prints no control characters`, found === '', found, 'none');
}
finish();
