/** One simulation of the experiment, and the scenario it stands for. */
import type { MeterWindow } from '../analysis/meter.ts';
import { assert } from '../base/assert.ts';
import { COSTS, type CostId } from '../kernel/costs.ts';
import type { KernelName } from '../kernel/kernels.ts';
import { LIMITS } from '../scenario/limits.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Column, Depth } from './published.ts';

/** What is fitted, in nanoseconds; fractions are rounded where a scenario is made. */
export type Parameters = {
  /** Cost `blk.submit.single`: through it the CPU time per I/O of the patched kernel is set. */
  readonly submit_ns: number;
  /** Mean service time of the device. */
  readonly device_ns: number;
  /** queue_work, wake-up and dispatch together: `wq.queue`, `wake.local`, `wq.dispatch` as 30 to 55 to 30. */
  readonly punt_ns: number;
  /** Cost `ctxsw.bare`. */
  readonly switch_ns: number;
};
export const PARAMETER_IDS = ['submit_ns', 'device_ns', 'punt_ns', 'switch_ns'] as const;
export type ParameterId = (typeof PARAMETER_IDS)[number];

/** What each parameter is, in words for both hosts. */
export const PARAMETERS: Readonly<Record<ParameterId, { readonly title: string; readonly sets: string }>> = {
  submit_ns: { title: 'submission', sets: 'blk.submit.single; with the fixed costs it makes up S, patched' },
  device_ns: { title: 'device', sets: 'mean of machine.nvme.write' },
  punt_ns: { title: 'queue + wake + dispatch', sets: 'wq.queue, wake.local, wq.dispatch as 30 : 55 : 30' },
  switch_ns: { title: 'bare context switch', sets: 'ctxsw.bare' },
};

/** Where the fit starts: the closed formulas of cost-model.md section 3. */
export const START: Parameters = { submit_ns: 699, device_ns: 4520, punt_ns: 115, switch_ns: 164 };

/**
 * All other costs on the way take the low end of their range: an I/O that is back in 6.2 us needs a fast machine, and the
 * split of its CPU time cannot be seen in the table (cost-model.md section 4).
 */
const LOW: readonly CostId[] = [
  'irq.entry',
  'irq.exit',
  'idle.exit',
  'nvme.cqe',
  'nvme.cq_doorbell',
  'blk.end.batched',
  'uring.submit.op',
  'syscall',
  'tw.item',
  'cqe.post',
  'app.think',
  'inval.empty',
  'tick.handler',
];
export const FIXED_COSTS: Readonly<Partial<Record<CostId, number>>> = Object.fromEntries(
  LOW.map((id) => [id, COSTS[id].low_ns]),
);

/** The mail’s series is version 4 on top of 6.5, so these two and no later ones. */
export const KERNEL_OF: Readonly<Record<Column, KernelName>> = { stock: 'v6.5', patched: 'v4-series' };

/** One simulation. */
export type Point = {
  readonly column: Column;
  readonly depth: Depth;
  /** Spread of the device's service time, as `cv_percent` of a gamma distribution. */
  readonly cv_percent: number;
  readonly seed: number;
  readonly ios: number;
  readonly parameters: Parameters;
};

/** fio is pinned here, and the vector of this CPU's queue is here, too. */
export const CPU = 1;
/** Half of the published table's file size does not matter: no block is looked up. */
const FILE_BYTES = 2 ** 30;

/** The results between which a run is measured: not its start, and not its end where the queue runs empty. */
export function windowOf({ depth, ios }: Point): MeterWindow {
  return { cpu: CPU, from: Math.max(2 * depth, Math.round(ios / 20)), to: ios - depth };
}

export function scenarioOf({ column, depth, cv_percent, seed, ios, parameters }: Point): Scenario {
  const service = (mean_ns: number) => ({ kind: 'gamma' as const, mean_ns, cv_percent });
  const device_ns = Math.max(100, Math.round(parameters.device_ns));
  const parsed = parseScenario({
    version: 1,
    title: `caller-comp: ${column}, depth ${depth}`,
    machine: {
      cpus: 2,
      nvme: { queues: 2, read: service(device_ns), write: service(device_ns) },
    },
    kernel: { name: KERNEL_OF[column] },
    files: [{ id: 'data', size_bytes: FILE_BYTES }],
    actors: [
      {
        kind: 'fio',
        name: 'fio',
        file: 'data',
        rw: 'randwrite',
        ioengine: 'io_uring',
        iodepth: depth,
        norandommap: true,
        cpus_allowed: [CPU],
        ios,
      },
    ],
    costs: costsOf(parameters),
    seed,
    limits: { events: LIMITS.events },
  });
  assert(parsed.ok, 'the scenarios of the experiment are valid');
  return parsed.value;
}

function costsOf({ submit_ns, punt_ns, switch_ns }: Parameters): Partial<Record<CostId, number>> {
  const punt = Math.round(punt_ns);
  const part = Math.round((punt * PUNT_PARTS.queue) / PUNT_PARTS.all);
  return {
    ...FIXED_COSTS,
    'blk.submit.single': Math.round(submit_ns),
    'wq.queue': part,
    'wq.dispatch': part,
    'wake.local': punt - 2 * part,
    'ctxsw.bare': Math.round(switch_ns),
  };
}

/** The assumed split of the punt (cost-model.md rows 15, 15b, 15c). */
export const PUNT_PARTS = { queue: 30, wake: 55, dispatch: 30, all: 115 } as const;
