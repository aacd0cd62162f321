/**
 * Draws screenshots of the command for its guide: `docs/import.svg` and `docs/doctor.svg`.
 *
 * Runs the built command on a pseudo-terminal against a local service. Needs a build, and `script` of util-linux.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createPersonaService } from '../src/testing/index.js';

const COLUMNS = 92;
const CHARACTER_WIDTH = 8.43;
const LINE_HEIGHT = 19;
const MARGIN = 16;
const ESCAPE = '\u001b';
const COLORS: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#76e3ea',
  90: '#8b949e',
};

interface Cell {
  readonly character: string;
  readonly style: string;
}

/** Renders the final screen of a terminal. Supports carriage returns, erased lines and colors. */
function renderScreen(output: string): Cell[][] {
  const lines: Cell[][] = [[]];
  let column = 0;
  let style = '';
  const line = () => lines.at(-1) ?? [];
  for (const [token] of output.matchAll(new RegExp(`${ESCAPE}\\[([\\d;?]*)([A-Za-z])|[^]`, 'gu'))) {
    if (token === '\n') {
      lines.push([]);
      column = 0;
    } else if (token === '\r') column = 0;
    else if (token.endsWith('K') && token.startsWith(ESCAPE)) line().length = 0;
    else if (token.endsWith('m') && token.startsWith(ESCAPE)) style = applyStyle(style, token.slice(2, -1));
    else if (!token.startsWith(ESCAPE)) line()[column++] = { character: token, style };
  }
  return lines;
}

function applyStyle(style: string, code: string): string {
  if (code === '1') return `${style} font-weight="bold"`;
  if (code === '22') return style.replace(' font-weight="bold"', '');
  const plain = style.replace(/ fill="[^"]*"/, '');
  return COLORS[code] ? `${plain} fill="${COLORS[code]}"` : code === '39' ? plain : style;
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function formatSvg(title: string, lines: Cell[][]): string {
  const rows = lines.map((cells, row) => {
    const runs: { style: string; text: string }[] = [];
    for (const { character, style } of Array.from(cells, (cell) => cell ?? { character: ' ', style: '' }))
      if (runs.at(-1)?.style === style) (runs.at(-1) ?? { text: '' }).text += character;
      else runs.push({ style, text: character });
    const spans = runs.map(({ style, text }) =>
      style ? `<tspan${style}>${escapeXml(text)}</tspan>` : escapeXml(text),
    );
    return `<text x="${MARGIN}" y="${MARGIN + LINE_HEIGHT * (row + 1) - 5}" xml:space="preserve">${spans.join('')}</text>`;
  });
  const [width, height] = [COLUMNS * CHARACTER_WIDTH + 2 * MARGIN, lines.length * LINE_HEIGHT + 2 * MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${rows.join('\n')}
</g>
</svg>
`;
}

async function takeScreenshot(
  name: string,
  args: readonly string[],
  cwd: string,
  url: string,
): Promise<void> {
  const command = [process.execPath, resolve('dist/cli.js'), ...args].map((word) => `'${word}'`).join(' ');
  const env = {
    ...process.env,
    PERSONA_API_URL: url,
    PERSONA_TOKEN_FILE: join(cwd, 'tokens.json'),
    TERM: 'xterm-256color',
    COLUMNS: String(COLUMNS),
  };
  const { stdout } = await promisify(execFile)(
    'script',
    ['-qec', `stty cols ${COLUMNS}; ${command}; true`, '/dev/null'],
    { cwd, env },
  );
  const output = stdout.replaceAll(url, 'http://localhost:5050').trimEnd();
  const lines = renderScreen(`${ESCAPE}[90m$${ESCAPE}[39m persona-client ${args.join(' ')}\n${output}`);
  await writeFile(`docs/${name}.svg`, formatSvg(`persona-client ${args.join(' ')}`, lines));
  console.log(`docs/${name}.svg: ${lines.length} lines`);
}

const folder = await mkdtemp(join(tmpdir(), 'persona-screenshots-'));
const service = createPersonaService({
  dialect: 'attributes',
  seed: false,
  cors: { origins: ['http://localhost:3000'] },
});
const { url } = await service.listen({ port: 0 });
const cities = ['London', 'Oslo', 'Toronto', 'Lima', 'Kyoto'];
const rows = Array.from(
  { length: 2_500 },
  (_, index) => `Persona ${index},${20 + (index % 60)},${cities[index % 5]},fall`,
);
rows[17] = 'Persona 17,17,"Tromsø,fall';
rows[41] = 'Persona 41,forty,Oslo,fall';
rows[99] = 'Persona 99,30,Oslo,monsoon';
rows[120] = rows[119] ?? '';
await writeFile(
  join(folder, 'people.csv'),
  ['name,demographic.age,demographic.city,contextual.season', ...rows, ''].join('\n'),
);
await takeScreenshot('import', ['import', 'people.csv'], folder, url);
await takeScreenshot('doctor', ['doctor', '--origin', 'https://app.example.com'], folder, url);
await service.close();
await rm(folder, { recursive: true });
