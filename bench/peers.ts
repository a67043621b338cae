/** The same closed queueing model on other simulators: SimPy (Python) and simjs (npm, see the package.json in peers/). */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ClosedModel } from './closed-engine.ts';

export type Peer = {
  readonly name: string;
  /** Null when it is not installed. */
  readonly cycles_s: number | null;
  /** How many times as fast the engine has to be. */
  readonly bar: number;
  readonly why: string;
};

/** Measures every peer that is there. */
export function peers({ customers, cycles }: ClosedModel): Promise<readonly Peer[]> {
  const simpy = timed('python3', [
    'bench/peers/closed_simpy.py',
    String(customers),
    String(Math.ceil(cycles / 4)),
  ]);
  const simjsPath = path.resolve('bench/peers/node_modules/simjs');
  const simjs = existsSync(simjsPath)
    ? timed(process.execPath, [
        'bench/peers/closed-simjs.mjs',
        String(customers),
        String(Math.ceil(cycles / 4)),
      ])
    : null;
  return Promise.resolve([
    { name: 'SimPy', cycles_s: simpy, bar: 5, why: 'python3 with the package simpy' },
    { name: 'simjs', cycles_s: simjs, bar: 2, why: 'npm ci --prefix bench/peers' },
  ]);
}

/** The program prints cycles a second; null when it cannot run. */
function timed(command: string, args: readonly string[]): number | null {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  const figure = Number(stdout);
  return status === 0 && figure > 0 ? figure : null;
}
