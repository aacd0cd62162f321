import type { CircuitState, PersonaClient } from 'persona-client';
import { OPTIONS } from './client.js';
import { h, s } from './dom.js';

const STATES: Readonly<Record<CircuitState, { x: number; says: string }>> = {
  closed: { x: 60, says: 'Requests pass.' },
  open: { x: 200, says: 'Nothing is sent' },
  'half-open': { x: 340, says: 'One request may try.' },
};
const Y = 26;

/** It opens, it lets one request try; which closes it, or opens it again. */
const ARROWS = [
  `M112 ${Y}h32m-7-6 7 6-7 6`,
  `M252 ${Y - 6}h32m-7-6 7 6-7 6`,
  `M286 ${Y + 7}h-32m7-6-7 6 7 6`,
  `M340 ${Y + 20}c0 24-280 24-280 2m-6 7 6-7 6 7`,
];

/** Where the circuit stands, and how long it stays open. */
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
    const leftMs = this.#openedAt + OPTIONS.breaker.resetTimeoutMs - now;
    const until = circuit === 'open' ? ` for ${Math.max(1, Math.ceil(leftMs / 1000))} s more.` : '';
    return h(
      'div',
      { class: `circuit ${circuit}` },
      s(
        'svg',
        { viewBox: '0 0 400 68', 'aria-hidden': 'true' },
        ...ARROWS.map((d) => s('path', { class: 'arrow', d })),
        ...Object.entries(STATES).flatMap(([name, { x }]) => [
          s('rect', {
            class: name === circuit ? 'state now' : 'state',
            x: x - 46,
            y: Y - 18,
            width: 92,
            height: 36,
            rx: 18,
          }),
          s('text', { class: name === circuit ? 'now' : '', x, y: Y + 5 }, name),
        ]),
      ),
      h('p', {}, h('span', { class: 'hidden' }, `Circuit ${circuit}. `), `${STATES[circuit].says}${until}`),
    );
  }
}
