/** Written by `npm run model-version -- --write`: a digest of the sources that a run depends on. */
export const MODEL_VERSION = 'f786c6137837';
