import { expect, test } from 'vitest';
import { KERNEL_NAMES, KERNELS, switchesOf } from '../kernel/kernels.ts';
import { idleField, idleSwitch } from './no-effect.ts';
import { firstVersion } from './scenario.ts';

test('caller completion cannot be asked for where iomap cannot give it, in any kernel', () => {
  for (const name of KERNEL_NAMES) {
    const can = KERNELS[name].switches.CALLER_FLAG !== 'none';
    const reason = idleSwitch('ISSUER_REQUESTS', switchesOf(name, { ISSUER_REQUESTS: false }), name);
    expect(reason === null, name).toBe(can);
  }
  const half = switchesOf('v6.5', { CALLER_FLAG: 'CALLER_COMP' });
  expect(idleSwitch('ISSUER_REQUESTS', half, 'v6.5')).toContain('IOCB_FLAG');
  const mended = { ...half, IOCB_FLAG: 'IOCB_DIO_CALLER_COMP' } as const;
  expect(idleSwitch('ISSUER_REQUESTS', mended, 'v6.5')).toBe(null);
  expect(idleSwitch('CALLER_FLAG', switchesOf('v6.5', {}), 'v6.5')).toBe(null);
  expect(idleSwitch('ISSUER_REQUESTS', switchesOf('v6.5', { ISSUER_REQUESTS: true }), 'v6.5')).toBe(null);
});

test('a queue deeper than the job is long, and a seed that nothing draws from, say so', () => {
  const { scenario } = firstVersion();
  const [job] = scenario.actors;
  if (job === undefined) throw new Error('the first preset has a job');
  const deep = { ...scenario, actors: [{ ...job, ios: 4, iodepth: 5 }] };
  expect(idleField(deep, ['actors', 0, 'iodepth'])).toContain('4');
  expect(idleField({ ...deep, actors: [{ ...job, ios: 4, iodepth: 4 }] }, ['actors', 0, 'iodepth'])).toBe(
    null,
  );
  const { nvme } = scenario.machine;
  const spread = { ...nvme, write: { ...nvme.write, kind: 'gamma' as const } };
  expect(idleField({ ...scenario, machine: { ...scenario.machine, nvme: spread } }, ['seed'])).toBe(null);
});

test('what shapes a ring does nothing for an engine without one, nor the thread’s settings without the thread', () => {
  const { scenario } = firstVersion();
  const [job] = scenario.actors;
  if (job === undefined) throw new Error('the first preset has a job');
  const idle = (change: Partial<typeof job>, field: string): string | null =>
    idleField({ ...scenario, actors: [{ ...job, ...change }] }, ['actors', 0, field]);
  expect(idle({ ioengine: 'libaio' }, 'taskrun')).toContain('libaio');
  expect(idle({ ioengine: 'io_uring' }, 'taskrun')).toBe(null);
  expect(idle({ ioengine: 'io_uring' }, 'sq_thread_idle_ms')).toContain('sqthread_poll');
  expect(idle({ ioengine: 'io_uring', sqthread_poll: true }, 'sq_thread_idle_ms')).toBe(null);
  expect(idle({ ioengine: 'io_uring', sqthread_poll: true }, 'busy_poll_cq')).toContain('anyway');
  expect(idle({ ioengine: 'io_uring', hipri: true }, 'busy_poll_cq')).toContain('kernel');
  expect(idle({ ioengine: 'io_uring', hipri: false }, 'busy_poll_cq')).toBe(null);
});

test('switches of a batch that nothing comes to say so', () => {
  const idle = (
    id: Parameters<typeof idleSwitch>[0],
    flips: Parameters<typeof switchesOf>[1],
  ): string | null => idleSwitch(id, switchesOf('in-task-v6', flips), 'in-task-v6');
  expect(idle('BATCH_LIST', { IN_TASK: 'none' })).toContain('leaves nothing to a worker');
  expect(idle('XFS_CLEARS_IN_TASK', { IN_TASK: 'folios' })).toContain('choose bios');
  expect(idle('BATCH_LIST', {})).toBe(null);
  expect(idle('BATCH_FIFO', { IN_TASK: 'none' })).toBe(null);
  expect(idle('XFS_DONTCACHE_WQ', {})).toContain('IOMAP_IOEND_DONTCACHE');
});
