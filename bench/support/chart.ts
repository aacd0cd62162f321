export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 16;
const TOP = 72;
const BOTTOM = 48;
const LIGHT = ['#0b62c4', '#c2410c', '#15803d', '#7e22ce'];
const DARK = ['#7ab8ff', '#fdba74', '#86efac', '#d8b4fe'];
const DASHES = ['', '6 4', '2 3', '10 3 2 3'];

/** The powers of ten from one to the other. */
function powers(least: number, most: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most))];
  return Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
}

/** Round numbers from 0 on, the last of them no less than the most. */
function rounds(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = power * ([1, 2, 2.5, 5].find((times) => 4 * times * power >= most) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step);
}

/** A line chart as an SVG file of its own, for light and dark pages. Lines differ by their dashes too. */
export function chart({ title, x, y, logX, logY, lines }: Chart): string {
  const all = lines.flatMap(({ points }) => points);
  const scale = (values: readonly number[], low: number, high: number, log: boolean | undefined) => {
    const of = log ? Math.log10 : (value: number) => value;
    const most = Math.max(...values);
    const least = log ? Math.min(...values.filter((value) => value > 0)) : 0;
    const ticks = log ? powers(least, most) : rounds(most);
    const [from, to] = [of(least), of(log ? most : Math.max(...ticks))];
    const at = (value: number) =>
      low + ((of(Math.max(value, least)) - from) / (to - from || 1)) * (high - low);
    return { ticks, at };
  };
  const across = scale(
    all.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
    logX,
  );
  const up = scale(
    all.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
    logY,
  );
  const label = (value: number) =>
    value >= 10_000 ? `${+(value / 1000).toPrecision(3)}k` : String(+value.toPrecision(3));
  const text = (at: readonly [number, number], words: string, more = '') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${words}</text>`;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>
  text { font: 12px system-ui, sans-serif; fill: #333; } .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #ddd; } path { fill: none; stroke-width: 2; }
${LIGHT.map((colour, at) => `  .l${at} { stroke: ${colour}; }`).join('\n')}
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd; } .grid { stroke: #444; }
${DARK.map((colour, at) => `    .l${at} { stroke: ${colour}; }`).join('\n')}
  }
</style>
${text([LEFT, 20], title, 'class="title"')}
${lines
  .map(({ name }, at) => {
    const from = LEFT + (at * (WIDTH - LEFT - RIGHT)) / lines.length;
    return `<path class="l${at}" stroke-dasharray="${DASHES[at]}" d="M${from} 40h24"/>${text([from + 30, 44], name)}`;
  })
  .join('\n')}
${up.ticks
  .map(
    (tick) =>
      `<path class="grid" d="M${LEFT} ${up.at(tick).toFixed(1)}H${WIDTH - RIGHT}"/>${text([LEFT - 6, up.at(tick) + 4], label(tick), 'text-anchor="end"')}`,
  )
  .join('\n')}
${across.ticks.map((tick) => text([across.at(tick), HEIGHT - BOTTOM + 18], label(tick), 'text-anchor="middle"')).join('\n')}
${text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8], x, 'text-anchor="middle"')}
${text([8, TOP - 10], y)}
${lines
  .map(({ points }, at) => {
    const path = points.map(
      ([px, py], n) => `${n === 0 ? 'M' : 'L'}${across.at(px).toFixed(1)} ${up.at(py).toFixed(1)}`,
    );
    return `<path class="l${at}" stroke-dasharray="${DASHES[at]}" d="${path.join('')}"/>`;
  })
  .join('\n')}
</svg>
`;
}
