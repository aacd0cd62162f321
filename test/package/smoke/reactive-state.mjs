// Puts everything that applications hold into the reactive state of frameworks, and uses it there. Prints what differs.
// `held-objects.mjs` is the bundled test/support/held-objects.ts.
import { produce } from 'immer';
import { autorun, makeAutoObservable, observable } from 'mobx';
import { createPinia, defineStore, setActivePinia } from 'pinia';
import { createMutable, createStore } from 'solid-js/store';
import { proxy as svelteState } from 'svelte/internal/client';
import { proxy, snapshot } from 'valtio';
import { proxy as proxy1, snapshot as snapshot1 } from 'valtio-1';
import { reactive, readonly, ref, shallowReactive } from 'vue';
import { findDifferences } from './held-objects.mjs';

setActivePinia(createPinia());
let stores = 0;
const usePinia = (held) => defineStore(`store ${++stores}`, { state: () => ({ held }) })();

const STATES = {
  'reactive of Vue, and Alpine': (held) => reactive({ held }).held,
  'shallowReactive of Vue': (held) => shallowReactive({ held }).held,
  'readonly of Vue': (held) => readonly(reactive({ held })).held,
  'ref of Vue': (held) => ref(held).value,
  Pinia: (held) => usePinia(held).held,
  'valtio 2': (held) => proxy({ held }).held,
  'a snapshot of valtio 2': (held) => snapshot(proxy({ held })).held,
  'valtio 1': (held) => proxy1({ held }).held,
  'a snapshot of valtio 1': (held) => snapshot1(proxy1({ held })).held,
  'observable of MobX': (held) => observable({ held }).held,
  'makeAutoObservable of MobX': (held) => {
    const state = makeAutoObservable({
      held,
      get current() {
        return this.held;
      },
    });
    autorun(() => state.current)();
    return state.current;
  },
  'createStore of Solid': (held) => createStore({ held })[0].held,
  'createMutable of Solid': (held) => createMutable({ held }).held,
  'state of Svelte': (held) => svelteState({ held }).held,
  Immer: (held) => produce({ held, count: 0 }, (draft) => void draft.count++).held,
  'a draft of Immer': (held) =>
    produce({ held: undefined }, (draft) => void Object.assign(draft, { held })).held,
};

for (const [name, wrap] of Object.entries(STATES))
  for (const difference of await findDifferences(wrap))
    if (!/MobX: an MCP server: server\.onChange/.test(`${name}: ${difference}`))
      // MobX replaces functions, and drops their properties
      console.log(`${name}: ${difference}`);
console.log('done');
process.exit(); // frameworks keep the process alive
