import type { CircuitState, PersonaClient } from 'persona-client';
import { OPTIONS } from './client.js';
import { createElement, createSvgElement } from './dom.js';

const STATES: Readonly<Record<CircuitState, { x: number; description: string }>> = {
  closed: { x: 60, description: 'Requests are sent.' },
  open: { x: 200, description: 'Nothing is sent' },
  'half-open': { x: 340, description: 'One probe request is sent.' },
};
const Y = 26;

/** Arrows: closed to open, open to half-open, half-open back to open, half-open to closed. */
const ARROWS = [
  `M112 ${Y}h32m-7-6 7 6-7 6`,
  `M252 ${Y - 6}h32m-7-6 7 6-7 6`,
  `M286 ${Y + 7}h-32m7-6-7 6 7 6`,
  `M340 ${Y + 20}c0 24-280 24-280 2m-6 7 6-7 6 7`,
];

/** Shows the state of the circuit, and how long it stays open. */
export class Circuit {
  readonly #client: PersonaClient;
  #openedAt = 0;

  constructor(client: PersonaClient) {
    this.#client = client;
    client.on('circuit', ({ state }) => {
      if (state === 'open') this.#openedAt = performance.now();
    });
  }

  draw(now: number): HTMLElement {
    const { circuit } = this.#client;
    const remainingMs = this.#openedAt + OPTIONS.breaker.resetTimeoutMs - now;
    const duration =
      circuit === 'open' ? ` for ${Math.max(1, Math.ceil(remainingMs / 1000))} more seconds.` : '';
    return createElement(
      'div',
      { class: `circuit ${circuit}` },
      createSvgElement(
        'svg',
        { viewBox: '0 0 400 68', 'aria-hidden': 'true' },
        ...ARROWS.map((d) => createSvgElement('path', { class: 'arrow', d })),
        ...Object.entries(STATES).flatMap(([name, { x }]) => [
          createSvgElement('rect', {
            class: name === circuit ? 'state now' : 'state',
            x: x - 46,
            y: Y - 18,
            width: 92,
            height: 36,
            rx: 18,
          }),
          createSvgElement('text', { class: name === circuit ? 'now' : '', x, y: Y + 5 }, name),
        ]),
      ),
      createElement(
        'p',
        {},
        createElement('span', { class: 'hidden' }, `Circuit ${circuit}. `),
        `${STATES[circuit].description}${duration}`,
      ),
    );
  }
}
