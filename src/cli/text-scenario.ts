import { KERNELS } from '../kernel/kernels.ts';
import { formatCpus, formatSizes } from '../scenario/fio/format.ts';
import type { FioActor } from '../scenario/schema-job.ts';
import type { Latency as ServiceTime } from '../scenario/schema-machine.ts';
import type { Scenario } from '../scenario/schema.ts';
import { counted, duration, fewer, grouped, heading, type Line, table } from './lines.ts';
import type { Report } from './report.ts';

const MOST_JOBS = 8;

/** What was run: title, kernel and flips, machine, jobs. */
export function scenarioLines({ input, scenario, flips }: Report): Line[] {
  const { machine, kernel, actors, costs, seed } = scenario;
  const flipped = flips.map((f) => ['switch', `${f.switch}=${f.value} (the kernel has ${f.kernel_has})`]);
  const changed = Object.entries(costs).map(([name, ns]) => ['cost', `${name} ${duration(ns)}`]);
  const jobs = actors.map((actor) => ['job', jobText(actor)]);
  return [
    heading(scenario.title === '' ? 'A scenario without a title' : scenario.title),
    ...table(
      [
        ['input', input.kind === input.name ? input.kind : `${input.kind} ${input.name}`],
        ['kernel', `${kernel.name}: ${KERNELS[kernel.name].title}`],
        ...flipped,
        ['machine', machineText(machine)],
        ['device', deviceText(machine.nvme)],
        ...fewer(jobs, MOST_JOBS, 'job'),
        ...fewer(changed, MOST_JOBS, 'changed cost'),
        ['seed', String(seed)],
      ],
      2,
    ),
  ];
}

function machineText({
  cpus,
  hz,
  preempt,
  preempt_count,
  preempt_rcu,
  threadirqs,
  rq_affinity,
  cpus_per_llc,
  wake_preempts,
  offline,
}: Scenario['machine']): string {
  const caches = cpus_per_llc < cpus ? [`${cpus_per_llc} CPUs a cache`] : [];
  const woken = wake_preempts ? [] : ['woken tasks do not preempt'];
  const threads = threadirqs ? ['threadirqs'] : [];
  const build = preempt_count ? (preempt_rcu ? [] : ['PREEMPT_RCU off']) : ['PREEMPT_COUNT off'];
  const parts = [
    counted(cpus, 'CPU'),
    ...caches,
    `HZ ${hz}`,
    `preempt=${preempt}`,
    ...build,
    ...threads,
    ...woken,
  ];
  const gone = offline.map(({ cpu, at_ns }) => `CPU ${cpu} goes offline at ${duration(at_ns)}`);
  return [...parts, `rq_affinity ${rq_affinity}`, ...gone].join(', ');
}

function deviceText(nvme: Scenario['machine']['nvme']): string {
  const { queues, poll_queues, queue_depth, use_threaded_interrupts, read, write } = nvme;
  const threads = use_threaded_interrupts ? ' with threaded interrupts' : '';
  const polled = poll_queues === 0 ? '' : ` and ${counted(poll_queues, 'poll queue')}`;
  return `NVMe, ${counted(queues, 'queue')}${polled} of depth ${queue_depth}${threads}, read ${serviceText(read)}, write ${serviceText(write)}`;
}

function serviceText({ kind, mean_ns, cv_percent }: ServiceTime): string {
  return `${duration(mean_ns)} ${kind}${kind === 'fixed' ? '' : ` (cv ${cv_percent} %)`}`;
}

/** What is unusual about the ring. */
function ringText({ ioengine, taskrun, sqthread_poll }: FioActor): string[] {
  if (ioengine !== 'io_uring') return [];
  if (sqthread_poll) return ['SQPOLL'];
  return taskrun === 'default' ? [] : [taskrun === 'defer' ? 'DEFER_TASKRUN' : 'COOP_TASKRUN'];
}

function syncText({ sync, sync_every }: FioActor): string[] {
  if (sync === 'none') return [];
  const flag = sync === 'dsync' ? 'DSYNC' : 'SYNC';
  return [sync_every > 0 ? `RWF_${flag} on every ${sync_every}. write` : `O_${flag}`];
}

/** What a buffered job does with the page cache; nothing for direct I/O, the default. */
function cacheText({ direct, dontcache, fsync, end_fsync }: FioActor): readonly string[] {
  return [
    ...(direct ? [] : [dontcache ? 'uncached' : 'buffered']),
    ...(fsync > 0 ? [`fsync every ${counted(fsync, 'write')}`] : []),
    ...(end_fsync ? ['fsync at the end'] : []),
  ];
}

function jobText(actor: FioActor): string {
  const { name, rw, rwmixread, ioengine, hipri, iodepth, cpus_allowed, ios, rate_iops, thinktime_ns } = actor;
  const isMixed = rw === 'rw' || rw === 'randrw';
  const reads = rw.endsWith('write') ? [] : actor.bs_read;
  const writes = rw.endsWith('read') ? [] : actor.bs_write;
  const parts = [
    `${rw}${isMixed ? ` (${rwmixread} % reads)` : ''} ${formatSizes([...reads, ...writes].map(({ bytes }) => bytes))}`,
    hipri ? `${ioengine} polled` : ioengine,
    ...ringText(actor),
    ...cacheText(actor),
    ...syncText(actor),
    `depth ${iodepth}`,
    ...(cpus_allowed === undefined ? [] : [formatCpus(cpus_allowed)]),
    ...(thinktime_ns === 0 ? [] : [`thinktime ${duration(thinktime_ns)}`]),
    ...(rate_iops === 0 ? [] : [`at most ${grouped(rate_iops)} I/Os a second`]),
    ...(actor.start_delay_ns === 0 ? [] : [`starts after ${duration(actor.start_delay_ns)}`]),
    ...(actor.stonewall ? ['after the jobs before it'] : []),
    counted(ios, 'I/O'),
  ];
  return `${name}: ${parts.join(', ')}`;
}
