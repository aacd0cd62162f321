import { isOperationAllowed } from '../config/access-policy.js';
import type { AuthOptions } from '../config/auth-options.js';
import { resolveViewOptions } from '../config/resolve-options.js';
import { onAbort } from '../core/abort.js';
import { callSafely } from '../core/call-safely.js';
import type { CircuitState, PersonaEvents, PersonaListener } from '../core/events.js';
import { createTurnScheduler } from '../core/timers.js';
import type { Operation } from '../endpoints/operations.js';
import { ClientScope } from './client-scope.js';
import { optionsSchema, type ViewOptions } from './options.js';

const scheduleTurn = createTurnScheduler();

export type Controls<Client> = ReturnType<typeof createControls<Client>>;

/**
 * Creates the functions behind the methods of a client, except those that send requests.
 *
 * The client stores these functions instead of private fields (`#x`) or the scope. Vue, Pinia, valtio and others wrap a client in
 * a Proxy, where private fields fail. A property with the scope would expose the credentials.
 */
export function createControls<Client>(scope: ClientScope, createClient: (view: ClientScope) => Client) {
  const { core, options, closeController } = scope;
  const isView = closeController !== core.closeController;
  return {
    getCircuit: (): CircuitState => core.breaker.state,
    createView: (auth: AuthOptions, viewOptions: ViewOptions) =>
      createClient(new ClientScope(resolveViewOptions(optionsSchema(), options, auth, viewOptions), core)),
    isAllowed: (operation: Operation) => isOperationAllowed(options.policy, operation),
    isRedacted: (category: string, name: string) =>
      options.policy.redactedPaths.some(
        ({ property, field = name }) => property === category && field === name,
      ),
    on: <Name extends keyof PersonaEvents>(name: Name, listener: PersonaListener<Name>) => {
      const unsubscribe = core.events.on(name, listener);
      if (!isView) return unsubscribe;
      // A turn later, so that the listener still receives the ends of the calls that `close` aborts.
      const stopWaiting = onAbort(closeController, () => scheduleTurn(unsubscribe));
      return () => {
        stopWaiting();
        unsubscribe();
      };
    },
    onClose: (listener: () => void) =>
      onAbort(closeController, () => void callSafely('a listener of onClose', listener)),
    close: () => {
      closeController.abort(new Error('client.close() was called'));
      if (!isView) core.close();
    },
  };
}
