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

/** The powers of ten in a range. */
function logTicks(min: number, max: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(min)), Math.floor(Math.log10(max))];
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

/** Round numbers from 0 to at least `max`. */
function linearTicks(max: number): number[] {
  const power = 10 ** Math.floor(Math.log10(max / 4));
  const step = power * ([1, 2, 2.5, 5].find((factor) => 4 * factor * power >= max) ?? 10);
  return Array.from({ length: Math.ceil(max / step) + 1 }, (_, index) => index * step);
}

/** Renders a line chart as an SVG file for light and dark pages. Lines also differ by their dashes. */
export function renderChart({ title, x, y, logX, logY, lines }: Chart): string {
  const points = lines.flatMap(({ points }) => points);
  const scale = (values: readonly number[], low: number, high: number, log: boolean | undefined) => {
    const transform = log ? Math.log10 : (value: number) => value;
    const max = Math.max(...values);
    const min = log ? Math.min(...values.filter((value) => value > 0)) : 0;
    const ticks = log ? logTicks(min, max) : linearTicks(max);
    const [from, to] = [transform(min), transform(log ? max : Math.max(...ticks))];
    const position = (value: number) =>
      low + ((transform(Math.max(value, min)) - from) / (to - from || 1)) * (high - low);
    return { ticks, position };
  };
  const xScale = scale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
    logX,
  );
  const yScale = scale(
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
    logY,
  );
  const label = (value: number) =>
    value >= 10_000 ? `${+(value / 1000).toPrecision(3)}k` : String(+value.toPrecision(3));
  const text = ([textX, textY]: readonly [number, number], content: string, attributes = '') =>
    `<text x="${textX.toFixed(1)}" y="${textY.toFixed(1)}" ${attributes}>${content}</text>`;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<style>
  text { font: 12px system-ui, sans-serif; fill: #333; } .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #ddd; } path { fill: none; stroke-width: 2; }
${LIGHT.map((color, index) => `  .l${index} { stroke: ${color}; }`).join('\n')}
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd; } .grid { stroke: #444; }
${DARK.map((color, index) => `    .l${index} { stroke: ${color}; }`).join('\n')}
  }
</style>
${text([LEFT, 20], title, 'class="title"')}
${lines
  .map(({ name }, index) => {
    const from = LEFT + (index * (WIDTH - LEFT - RIGHT)) / lines.length;
    return `<path class="l${index}" stroke-dasharray="${DASHES[index]}" d="M${from} 40h24"/>${text([from + 30, 44], name)}`;
  })
  .join('\n')}
${yScale.ticks
  .map(
    (tick) =>
      `<path class="grid" d="M${LEFT} ${yScale.position(tick).toFixed(1)}H${WIDTH - RIGHT}"/>${text([LEFT - 6, yScale.position(tick) + 4], label(tick), 'text-anchor="end"')}`,
  )
  .join('\n')}
${xScale.ticks.map((tick) => text([xScale.position(tick), HEIGHT - BOTTOM + 18], label(tick), 'text-anchor="middle"')).join('\n')}
${text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8], x, 'text-anchor="middle"')}
${text([8, TOP - 10], y)}
${lines
  .map(({ points }, index) => {
    const path = points.map(
      ([px, py], point) =>
        `${point === 0 ? 'M' : 'L'}${xScale.position(px).toFixed(1)} ${yScale.position(py).toFixed(1)}`,
    );
    return `<path class="l${index}" stroke-dasharray="${DASHES[index]}" d="${path.join('')}"/>`;
  })
  .join('\n')}
</svg>
`;
}
