import type { Persona } from 'persona-client';
import { CallLog } from './call-log.js';
import { Circuit } from './circuit.js';
import { createClient } from './client.js';
import { getPanel } from './dom.js';
import { Editor } from './editor.js';
import { PersonaList } from './persona-list.js';
import { readControl, renderServiceControls } from './service-controls.js';
import { renderStatistics } from './statistics.js';
import { renderThroughput } from './throughput.js';
import { renderWaterfall } from './waterfall.js';

const REDRAW_MS = 200;
const STEADY_MS = 600;
const CONCURRENT_READS = 5;

const control = await readControl();
const client = createClient(control.baseUrl);
const log = new CallLog(client);
const circuit = new Circuit(client);
const statistics = document.createElement('div');
let personas: readonly Persona[] = [];

const list = new PersonaList({
  client,
  onRead: (items) => {
    personas = items;
    statistics.replaceChildren(renderStatistics(personas));
  },
  onSelect: (id) => void editor.open(id),
});
const editor = new Editor({ client, onSaved: () => void list.read() });

getPanel('insights').append(statistics);
getPanel('personas').append(list.element, editor.element);

const randomId = () => personas[Math.floor(Math.random() * personas.length)]?.id ?? 1;
/** Ignores the result, because the pipeline panel shows the events. */
const read = (id: number) => void client.personas.get(id).catch(() => {});
let steadyTimer: ReturnType<typeof setInterval> | undefined;

getPanel('service').append(
  ...renderServiceControls(control, {
    readOne: () => read(randomId()),
    readConcurrently: () => {
      const id = randomId();
      for (let count = 0; count < CONCURRENT_READS; count++) read(id);
    },
    setSteady: (on) => {
      clearInterval(steadyTimer);
      if (on) steadyTimer = setInterval(() => read(randomId()), STEADY_MS);
    },
  }),
);

const pipeline = document.createElement('div');
getPanel('pipeline').append(pipeline);
function draw(): void {
  const now = performance.now();
  const { records } = log;
  pipeline.replaceChildren(circuit.draw(now), renderThroughput(records, now), renderWaterfall(records, now));
}
setInterval(draw, REDRAW_MS);
draw();
client.on('circuit', ({ state }) => {
  if (state === 'closed') void list.read(); // the list may be stale
});
await list.read();
