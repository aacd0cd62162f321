import * as nodeModule from 'node:module';

/** Loads the translations of zod's messages into `z.locales`, which nothing here uses. Other files contain the English texts. */
const TRANSLATIONS = '/zod/v4/locales/index.js';

/** Makes zod load without its translations, which are 64 of its 92 files. Needs Node.js 22.15: older versions load them. */
export function skipZodTranslations(): void {
  nodeModule.registerHooks?.({
    load: (url, context, nextLoad) =>
      url.endsWith(TRANSLATIONS)
        ? { format: 'module', source: '', shortCircuit: true }
        : nextLoad(url, context),
  });
}
