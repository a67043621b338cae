/** In which kind of execution context a function ran; writeback is a pass over dirty folios, in whichever task. */
export const PLACES = [
  'hardirq',
  'softirq',
  'irq-thread',
  'kworker',
  'kthread',
  'io-wq',
  'task',
  'writeback',
] as const;
export type Place = (typeof PLACES)[number];

/** A function call as both sides know it; function_graph knows the caller only if it is in the filter. */
export type Call = { readonly name: string; readonly place: Place; readonly caller?: string };

/** One I/O: what was called for it, and what it came to (bytes or -errno). */
export type IoCalls = { readonly calls: readonly Call[]; readonly result: number };

/** The kind of a task by its name, where it is not the one that submits. ksoftirqd works in softirq context, as its
 *  level tells; what is left are threads of filesystems: jbd2, xfsaild. */
export function placeOfTask(comm: string): Place {
  if (comm.startsWith('kworker')) return 'kworker';
  if (comm.startsWith('iou-wrk')) return 'io-wq';
  return comm.startsWith('irq/') ? 'irq-thread' : 'kthread';
}

export const callText = (call: Call): string => `${call.name} in ${call.place}`;
