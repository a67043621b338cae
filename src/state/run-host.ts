import type { Fingerprint, RunClient } from '../worker/client.ts';

/** What the state uses of the Worker's client; tests script their own. */
export type RunHost = Pick<RunClient, 'start' | 'cancel'>;

/** "model-scenario-seed-log": two people with the same text have seen the same run. The command line prints it too. */
export const fingerprintText = (f: Fingerprint): string => `${f.model}-${f.scenario}-${f.seed}-${f.log}`;
