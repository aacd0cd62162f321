// The code that an iteration loads on first use. It imports nothing from core/, because a shared module would become a
// chunk that every page loads.
export { isCheckpoint } from './checkpoint.js';
export { collect } from './collect.js';
export { scan } from './scan.js';
export { SeenPersonas } from './seen-personas.js';
export { parseUpdatedSince, UpdateWindow } from './update-window.js';
