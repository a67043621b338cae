import { switchesOf } from '../kernel/kernels.ts';
import type { ScenarioProblem } from './problem.ts';
import type { FioActor, JobCall } from './schema-job.ts';
import type { Scenario } from './schema.ts';

// FUSE is modelled for its writeback: what else a scenario asks of it is refused, not left out in silence.

/** System calls that its files answer. */
const CALLS: readonly JobCall['call'][] = ['fsync', 'sync_file_range', 'reclaim', 'force_empty'];

/** The kernel and the files: is there writeback through iomap, with a context of the filesystem's own? */
export function fuseProblems({ kernel, files }: Scenario): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const at = files.findIndex(({ filesystem }) => filesystem === 'fuse');
  if (at >= 0 && switchesOf(kernel.name, kernel.switches).WB_HOOK === 'submit_ioend')
    problems.push({
      field: `files.${at}.filesystem`,
      value: 'fuse',
      message: `is not available on ${kernel.name}: before v6.17 FUSE writes back without iomap, which is not modelled`,
    });
  files.forEach(({ filesystem, overlay, fail_write }, i) => {
    if (filesystem === 'fuse' && overlay)
      problems.push({ field: `files.${i}.overlay`, value: 'true', message: 'is not modelled on fuse' });
    if (filesystem !== 'fuse' && fail_write > 0)
      problems.push({
        field: `files.${i}.fail_write`,
        value: String(fail_write),
        message: 'is about the daemon of fuse; elsewhere the device fails, see machine.nvme.faults',
      });
  });
  return problems;
}

/** A job on a file of FUSE. */
export function fuseJobProblems({ rw, ios, calls }: FioActor, at: string): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  if (ios > 0 && rw !== 'write' && rw !== 'randwrite')
    problems.push({
      field: `${at}.rw`,
      value: rw,
      message: 'is not modelled on fuse, only buffered writes are',
    });
  calls.forEach(({ call }, i) => {
    if (!CALLS.includes(call))
      problems.push({
        field: `${at}.calls.${i}.call`,
        value: call,
        message: `is not modelled on fuse, only ${CALLS.join(', ')}`,
      });
  });
  return problems;
}
