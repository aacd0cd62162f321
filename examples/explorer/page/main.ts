import type { Persona } from 'persona-client';
import { CallLog } from './calls.js';
import { Circuit } from './circuit.js';
import { createClient } from './client.js';
import { panel } from './dom.js';
import { Editor } from './editor.js';
import { insights } from './insights.js';
import { PersonaList } from './personas.js';
import { readControl, serviceControls } from './service.js';
import { throughput } from './throughput.js';
import { waterfall } from './waterfall.js';

const REDRAW_MS = 200;
const STEADY_MS = 600;
const TOGETHER = 5;

const control = await readControl();
const client = createClient(control.baseUrl);
const log = new CallLog(client);
const circuit = new Circuit(client);
const glance = document.createElement('div');
let known: readonly Persona[] = [];

const list = new PersonaList({
  client,
  onRead: (personas) => {
    known = personas;
    glance.replaceChildren(insights(known));
  },
  onChosen: (id) => void editor.open(id),
});
const editor = new Editor({ client, onSaved: () => void list.read() });

panel('insights').append(glance);
panel('personas').append(list.element, editor.element);

const anyId = () => known[Math.floor(Math.random() * known.length)]?.id ?? 1;
/** What became of it is told by the events: see the pipeline. */
const read = (id: number) => void client.personas.get(id).catch(() => {});
let ticking: ReturnType<typeof setInterval> | undefined;

panel('service').append(
  ...serviceControls(control, {
    readOne: () => read(anyId()),
    readTogether: () => {
      const id = anyId();
      for (let n = 0; n < TOGETHER; n++) read(id);
    },
    steady: (on) => {
      clearInterval(ticking);
      if (on) ticking = setInterval(() => read(anyId()), STEADY_MS);
    },
  }),
);

const drawn = document.createElement('div');
panel('pipeline').append(drawn);
function draw(): void {
  const now = performance.now();
  const { records } = log;
  drawn.replaceChildren(circuit.draw(now), throughput(records, now), waterfall(records, now));
}
setInterval(draw, REDRAW_MS);
draw();
client.on('circuit', ({ state }) => {
  if (state === 'closed') void list.read(); // what it shows is stale
});
await list.read();
