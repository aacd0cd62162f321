import type { Persona } from 'persona-client';
import { createElement, createSvgElement } from './dom.js';

const DECADE_YEARS = 10;
const LAST_DECADE = 9;
const MAX_INTERESTS = 6;
const WIDTH = 300;
const HEIGHT = 100;

/** Renders charts of ages and interests. */
export const renderStatistics = (personas: readonly Persona[]): HTMLElement =>
  createElement('div', { class: 'insights' }, renderAges(personas), renderInterests(personas));

function renderAges(personas: readonly Persona[]): HTMLElement {
  const counts = Array.from({ length: LAST_DECADE + 1 }, () => 0);
  for (const { demographic } of personas)
    if (typeof demographic?.age === 'number') {
      const decade = Math.min(LAST_DECADE, Math.floor(demographic.age / DECADE_YEARS));
      counts[decade] = (counts[decade] ?? 0) + 1;
    }
  const top = Math.max(1, ...counts);
  const width = WIDTH / counts.length;
  const description = counts.map((count, decade) => `${decade * DECADE_YEARS}s: ${count}`).join(', ');
  return createElement(
    'figure',
    {},
    createElement('figcaption', {}, 'Ages by decade'),
    createSvgElement(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT + 34}`, role: 'img', 'aria-label': `Ages by decade. ${description}` },
      ...counts.flatMap((count, decade) => {
        const height = (count / top) * HEIGHT;
        const middle = (decade + 0.5) * width;
        return [
          createSvgElement('rect', {
            class: 'bar network',
            x: decade * width + 3,
            y: HEIGHT + 16 - height,
            width: width - 6,
            height,
            rx: 3,
          }),
          count > 0 && createSvgElement('text', { x: middle, y: HEIGHT + 11 - height }, String(count)),
          createSvgElement(
            'text',
            { class: 'tick', x: middle, y: HEIGHT + 31 },
            String(decade * DECADE_YEARS),
          ),
        ].filter((element) => element !== false);
      }),
    ),
  );
}

function renderInterests(personas: readonly Persona[]): HTMLElement {
  const counts = new Map<string, number>();
  for (const { psychographic } of personas)
    for (const interest of psychographic?.interests ?? [])
      counts.set(interest, (counts.get(interest) ?? 0) + 1);
  const topInterests = [...counts]
    .toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b))
    .slice(0, MAX_INTERESTS);
  const top = Math.max(1, ...topInterests.map(([, count]) => count));
  return createElement(
    'figure',
    {},
    createElement('figcaption', {}, 'Most common interests'),
    createElement(
      'ul',
      { class: 'likes' },
      ...topInterests.map(([interest, count]) =>
        createElement(
          'li',
          {},
          createElement('span', {}, interest),
          createSvgElement(
            'svg',
            { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
            createSvgElement('rect', { class: 'bar network', width: (count / top) * 100, height: 10, rx: 2 }),
          ),
          createElement('b', {}, String(count)),
        ),
      ),
    ),
  );
}
