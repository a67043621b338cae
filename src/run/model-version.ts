/** Written by `npm run model-version -- --write`: a digest of the sources that a run depends on. */
export const MODEL_VERSION = '9f3483a0a32b';
