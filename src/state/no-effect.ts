import type { SwitchId, Switches } from '../kernel/switches.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Path } from './edits.ts';

/** Why a change would make no difference, in a sentence, so that nobody looks for one; null where it may. */

/** For a switch that another switch has made meaningless. A switch that is on can always be switched off. */
export function idleSwitch(id: SwitchId, switches: Switches, kernel: string): string | null {
  if (id === 'ISSUER_REQUESTS' && !switches.ISSUER_REQUESTS && switches.CALLER_FLAG === 'none')
    return `${kernel} has no IOMAP_DIO_CALLER_COMP here: flip that first.`;
  if (id === 'ISSUER_REQUESTS' && !switches.ISSUER_REQUESTS && switches.IOCB_FLAG === 'none')
    return `${kernel} has no bit in ki_flags to ask with: flip IOCB_FLAG first.`;
  if ((id.startsWith('BATCH_') && id !== 'BATCH_FIFO') || id === 'IN_TASK_DELAY' || id === 'IN_TASK_TEST')
    return switches.IN_TASK === 'none'
      ? `${kernel} leaves nothing to a worker here: choose bios above first.`
      : null;
  if (id === 'IN_TASK_SET' || id === 'XFS_CLEARS_IN_TASK')
    return switches.IN_TASK === 'bios'
      ? null
      : `${kernel} has no BIO_COMPLETE_IN_TASK here: choose bios above first.`;
  if (id === 'XFS_DONTCACHE_WQ' && !switches.XFS_DONTCACHE_WQ && !switches.IOEND_DONTCACHE)
    return 'It is told by IOMAP_IOEND_DONTCACHE: give folios to be dropped ioends of their own first.';
  return null;
}

const RING_FIELDS: readonly string[] = [
  'taskrun',
  'sqthread_poll',
  'sqthread_poll_cpu',
  'sq_thread_idle_ms',
  'busy_poll_cq',
];

/** For the field at `path`, as the scenario stands. */
export function idleField({ machine, actors }: Scenario, path: Path): string | null {
  const field = path.at(-1);
  const job = path[0] === 'actors' && typeof path[1] === 'number' ? actors[path[1]] : undefined;
  if (field === 'iodepth' && job !== undefined && job.iodepth > job.ios)
    return `Above ${job.ios}, the number of I/Os, a deeper queue changes nothing.`;
  if (job !== undefined && RING_FIELDS.includes(String(field)) && job.ioengine !== 'io_uring')
    return `${job.ioengine} has no ring of io_uring.`;
  if (String(field).startsWith('sq') && field !== 'sqthread_poll' && job?.sqthread_poll === false)
    return 'Without sqthread_poll there is no such thread.';
  if (field === 'busy_poll_cq' && job !== undefined && (job.hipri || job.sqthread_poll))
    return job.sqthread_poll
      ? 'With sqthread_poll the job does so anyway.'
      : 'With hipri the job polls in the kernel.';
  const isFixed = machine.nvme.read.kind === 'fixed' && machine.nvme.write.kind === 'fixed';
  if (field === 'seed' && isFixed) return 'With fixed device latencies the seed changes no time.';
  return null;
}
