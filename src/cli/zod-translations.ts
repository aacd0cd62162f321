import * as nodeModule from 'node:module';

/** The file of zod that imports all translations. The command uses only the English texts, which are in other files. */
const TRANSLATIONS = '/zod/v4/locales/index.js';

/** Stops zod from loading its translations. Has no effect before Node.js 22.15. */
export function skipZodTranslations(): void {
  nodeModule.registerHooks?.({
    load: (url, context, nextLoad) =>
      url.endsWith(TRANSLATIONS)
        ? { format: 'module', source: '', shortCircuit: true }
        : nextLoad(url, context),
  });
}
