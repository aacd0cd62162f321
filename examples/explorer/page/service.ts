import type { Control } from '../server/control.js';
import type { Trouble } from '../server/troubles.js';
import { h } from './dom.js';

const LABELS: Readonly<Record<Trouble, readonly [label: string, hint: string]>> = {
  healthy: ['Healthy', '120 ms'],
  slow: ['Slow', 'takes a second'],
  failing: ['Failing', 'answers 503'],
  stalled: ['Stalled', 'never answers'],
  down: ['Down', 'cuts connections'],
};

export const readControl = async (): Promise<Control> => (await fetch('/control')).json();

const change = (wanted: { trouble: string } | { hiccup: true }) =>
  fetch('/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  });

/** Something to click that makes the client call. */
export interface Traffic {
  readonly readOne: () => void;
  readonly readTogether: () => void;
  readonly steady: (on: boolean) => void;
}

/** The buttons: what the service does from now on, and what the page asks of it. */
export function serviceControls({ trouble }: Control, traffic: Traffic): HTMLElement[] {
  const choices = Object.entries(LABELS).map(([name, [label, hint]]) =>
    h(
      'label',
      { class: `choice ${name}` },
      h('input', {
        type: 'radio',
        name: 'trouble',
        value: name,
        checked: name === trouble,
        change: () => change({ trouble: name }),
      }),
      h('span', {}, h('b', {}, label), h('small', {}, hint)),
    ),
  );
  const steady = h('button', { type: 'button', 'aria-pressed': 'false', click: toggle }, 'Steady traffic');
  function toggle(): void {
    const on = steady.getAttribute('aria-pressed') !== 'true';
    steady.setAttribute('aria-pressed', String(on));
    traffic.steady(on);
  }
  const button = (label: string, click: () => unknown) => h('button', { type: 'button', click }, label);
  return [
    h(
      'fieldset',
      {},
      h('legend', {}, 'The service is'),
      h(
        'div',
        { class: 'buttons' },
        ...choices,
        button('Fail twice', () => change({ hiccup: true })),
      ),
    ),
    h(
      'fieldset',
      {},
      h('legend', {}, 'Traffic'),
      h(
        'div',
        { class: 'buttons' },
        button('Read one', traffic.readOne),
        button('Read one five times', traffic.readTogether),
        steady,
      ),
    ),
  ];
}
