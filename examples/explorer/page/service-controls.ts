import type { ControlState } from '../server/control-plugin.js';
import type { ServiceMode } from '../server/modes.js';
import { createElement } from './dom.js';

const LABELS: Readonly<Record<ServiceMode, readonly [label: string, hint: string]>> = {
  healthy: ['Healthy', '120 ms'],
  slow: ['Slow', 'takes a second'],
  failing: ['Failing', 'responds with 503'],
  stalled: ['Stalled', 'never responds'],
  down: ['Down', 'resets connections'],
};

export const readControl = async (): Promise<ControlState> => (await fetch('/control')).json();

const postControl = (change: { mode: string } | { failTwice: true }) =>
  fetch('/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  });

/** Actions that make the client send calls. */
export interface TrafficActions {
  readonly readOne: () => void;
  readonly readConcurrently: () => void;
  readonly setSteady: (on: boolean) => void;
}

/** Renders the buttons that set the mode of the service and create traffic. */
export function renderServiceControls({ mode }: ControlState, traffic: TrafficActions): HTMLElement[] {
  const choices = Object.entries(LABELS).map(([name, [label, hint]]) =>
    createElement(
      'label',
      { class: `choice ${name}` },
      createElement('input', {
        type: 'radio',
        name: 'mode',
        value: name,
        checked: name === mode,
        change: () => postControl({ mode: name }),
      }),
      createElement('span', {}, createElement('b', {}, label), createElement('small', {}, hint)),
    ),
  );
  const steadyButton = createElement(
    'button',
    { type: 'button', 'aria-pressed': 'false', click: toggle },
    'Steady traffic',
  );
  function toggle(): void {
    const on = steadyButton.getAttribute('aria-pressed') !== 'true';
    steadyButton.setAttribute('aria-pressed', String(on));
    traffic.setSteady(on);
  }
  const button = (label: string, click: () => unknown) =>
    createElement('button', { type: 'button', click }, label);
  return [
    createElement(
      'fieldset',
      {},
      createElement('legend', {}, 'The service is'),
      createElement(
        'div',
        { class: 'buttons' },
        ...choices,
        button('Fail twice', () => postControl({ failTwice: true })),
      ),
    ),
    createElement(
      'fieldset',
      {},
      createElement('legend', {}, 'Traffic'),
      createElement(
        'div',
        { class: 'buttons' },
        button('Read one', traffic.readOne),
        button('Read one five times', traffic.readConcurrently),
        steadyButton,
      ),
    ),
  ];
}
