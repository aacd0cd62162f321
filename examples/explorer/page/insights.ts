import type { Persona } from 'persona-client';
import { h, s } from './dom.js';

const DECADE = 10;
const OLDEST = 9;
const SHOWN = 6;
const WIDTH = 300;
const HEIGHT = 100;

/** Who they are, to look at rather than to read. */
export const insights = (personas: readonly Persona[]): HTMLElement =>
  h('div', { class: 'insights' }, ages(personas), interests(personas));

function ages(personas: readonly Persona[]): HTMLElement {
  const counts = Array.from({ length: OLDEST + 1 }, () => 0);
  for (const { demographic } of personas)
    if (typeof demographic?.age === 'number') {
      const decade = Math.min(OLDEST, Math.floor(demographic.age / DECADE));
      counts[decade] = (counts[decade] ?? 0) + 1;
    }
  const top = Math.max(1, ...counts);
  const width = WIDTH / counts.length;
  const told = counts.map((count, decade) => `${decade * DECADE}s: ${count}`).join(', ');
  return h(
    'figure',
    {},
    h('figcaption', {}, 'Ages by decade'),
    s(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT + 34}`, role: 'img', 'aria-label': `Ages by decade. ${told}` },
      ...counts.flatMap((count, decade) => {
        const height = (count / top) * HEIGHT;
        const middle = (decade + 0.5) * width;
        return [
          s('rect', {
            class: 'bar network',
            x: decade * width + 3,
            y: HEIGHT + 16 - height,
            width: width - 6,
            height,
            rx: 3,
          }),
          count > 0 && s('text', { x: middle, y: HEIGHT + 11 - height }, String(count)),
          s('text', { class: 'tick', x: middle, y: HEIGHT + 31 }, String(decade * DECADE)),
        ].filter((one) => one !== false);
      }),
    ),
  );
}

function interests(personas: readonly Persona[]): HTMLElement {
  const counts = new Map<string, number>();
  for (const { psychographic } of personas)
    for (const interest of psychographic?.interests ?? [])
      counts.set(interest, (counts.get(interest) ?? 0) + 1);
  const most = [...counts].toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, SHOWN);
  const top = Math.max(1, ...most.map(([, count]) => count));
  return h(
    'figure',
    {},
    h('figcaption', {}, 'What they like most'),
    h(
      'ul',
      { class: 'likes' },
      ...most.map(([interest, count]) =>
        h(
          'li',
          {},
          h('span', {}, interest),
          s(
            'svg',
            { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
            s('rect', { class: 'bar network', width: (count / top) * 100, height: 10, rx: 2 }),
          ),
          h('b', {}, String(count)),
        ),
      ),
    ),
  );
}
