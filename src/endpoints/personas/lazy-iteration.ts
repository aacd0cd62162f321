// The code that an iteration loads on first use. It shares no module with the code that every page loads, because a bundler would
// move a shared module into a chunk of its own. That chunk would make the first load larger.
export { isCheckpoint } from './checkpoint.js';
export { collect } from './collect.js';
export { scan } from './scan.js';
export { SeenPersonas } from './seen-personas.js';
export { parseUpdatedSince, UpdateWindow } from './update-window.js';
