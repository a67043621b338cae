/** Builds the machine and the kernel of a scenario, and starts its actors. */
import { assert } from '../base/assert.ts';
import { sampleService } from '../base/distribution.ts';
import { Prng } from '../base/prng.ts';
import { WaitQueue } from '../engine/locks.ts';
import { TaskState } from '../log/events.ts';
import type { LogWriter } from '../log/writer.ts';
import { boot } from '../kernel/boot.ts';
import { CONFIG_BUFFER_HEAD } from '../kernel/block/fops.ts';
import { blockDevice } from '../kernel/block/blk-core.ts';
import { costsOf } from '../kernel/costs.ts';
import { null_add_dev } from '../kernel/drivers/block/null_blk/main.ts';
import { nvme_probe } from '../kernel/drivers/nvme/host/pci.ts';
import { BLK_STS, REQ_OP_FLUSH, REQ_OP_WRITE } from '../kernel/include/linux/blk_types.ts';
import { blk_rq_bytes, type Request, type RequestQueue } from '../kernel/include/linux/blk-mq.ts';
import { type File, has, IOCB_DIRECT } from '../kernel/include/linux/fs.ts';
import { Kernel } from '../kernel/kernel.ts';
import { switchesOf } from '../kernel/kernels.ts';
import { jiffy_ns } from '../scenario/schema-machine.ts';
import type { FioActor } from '../scenario/schema-job.ts';
import type { Scenario } from '../scenario/schema.ts';
import { clock_nanosleep, fio, type FioJob, SYNC_FLAGS } from './actors/fio.ts';
import { startFuseDaemon } from './actors/fuse-daemon.ts';
import { startHotplug } from './actors/hotplug.ts';
import { makeFiles, openAgain } from './files.ts';

/** A task's time slice before another runnable one gets the CPU, as EEVDF's base slice on a small machine. */
const SLICE_NS = 3_000_000;
/** Random streams: the device has the first, jobs follow. */
const DEVICE_STREAM = 0;
const SECTION_BYTES = 4096;

/** The kernel of `scenario`, its actors ready to run. */
export function buildMachine(scenario: Scenario, log: LogWriter): Kernel {
  const { machine } = scenario;
  const costs = costsOf(scenario.costs);
  const k = new Kernel(log, {
    cpus: machine.cpus,
    maxTime_ns: scenario.limits.sim_ns,
    maxRows: scenario.limits.events,
    scheduler: {
      preempt: machine.preempt,
      preemptCount: machine.preempt_count,
      preemptRcu: machine.preempt === 'rt' || (machine.preempt_rcu && machine.preempt_count),
      threadirqs: machine.preempt === 'rt' || machine.threadirqs,
      wakePreempts: machine.wake_preempts,
      switch_ns: costs['ctxsw.bare'],
      slice_ns: SLICE_NS,
    },
    interrupts: {
      irqEntry_ns: costs['irq.entry'],
      irqExit_ns: costs['irq.exit'],
      idleExit_ns: costs['idle.exit'],
      ipi_ns: costs.ipi,
      tick_ns: costs['tick.handler'],
      jiffy_ns: jiffy_ns(machine.hz),
    },
    switches: switchesOf(scenario.kernel.name, scenario.kernel.switches),
    costs,
    cpusPerLlc: machine.cpus_per_llc,
    rqAffinity: machine.rq_affinity,
  });
  boot(k);
  k.of(CONFIG_BUFFER_HEAD).on = machine.buffer_head;
  k.of(blockDevice).queue = machine.driver === 'nvme' ? probeNvme(k, scenario) : addNull(k, scenario);
  const files = makeFiles(k, scenario.files);
  startFuseDaemon(k, scenario.files, files);
  startJobs(k, scenario, files);
  for (const offline of machine.offline) startHotplug(k, offline);
  k.start();
  return k;
}

function addNull(k: Kernel, scenario: Scenario): RequestQueue {
  const { irqmode, nvme } = scenario.machine;
  return null_add_dev(k, {
    irqmode,
    queueDepth: nvme.queue_depth,
    serviceTime: serviceTimes(scenario),
    statusOf: faults(nvme.faults),
    max_bytes: nvme.max_transfer_bytes,
  });
}

function probeNvme(k: Kernel, scenario: Scenario): RequestQueue {
  const { nvme } = scenario.machine;
  return nvme_probe(k, {
    queues: nvme.queues,
    pollQueues: nvme.poll_queues,
    useThreadedInterrupts: nvme.use_threaded_interrupts,
    queueDepth: nvme.queue_depth,
    serviceTime: serviceTimes(scenario),
    statusOf: faults(nvme.faults),
    vwc: nvme.volatile_cache,
    limits: {
      write_cache: nvme.volatile_cache && nvme.write_cache === 'write back',
      fua: nvme.fua,
      max_bytes: nvme.max_transfer_bytes,
    },
  });
}

/** How long the device takes for a request: its distribution, plus the transfer of what exceeds 4 KiB. */
function serviceTimes(scenario: Scenario): (rq: Request) => number {
  const { nvme } = scenario.machine;
  const prng = new Prng(scenario.seed, DEVICE_STREAM);
  return (rq) => {
    if (has(rq.cmd_flags, REQ_OP_FLUSH)) return nvme.flush_ns;
    const latency = has(rq.cmd_flags, REQ_OP_WRITE) ? nvme.write : nvme.read;
    const extra = Math.max(0, blk_rq_bytes(rq) - SECTION_BYTES);
    return sampleService(latency, prng) + Math.ceil((extra * 1000) / nvme.bytes_per_us);
  };
}

/** With which status the device answers: it counts the commands of each kind. */
function faults(list: Scenario['machine']['nvme']['faults']): (rq: Request) => number {
  const seen = { read: 0, write: 0, flush: 0 };
  return (rq) => {
    const op = has(rq.cmd_flags, REQ_OP_FLUSH) ? 'flush' : has(rq.cmd_flags, REQ_OP_WRITE) ? 'write' : 'read';
    const n = ++seen[op];
    const fault = list.find((f) => f.op === op && n >= f.nth && n < f.nth + f.count);
    return BLK_STS[fault?.status ?? 'BLK_STS_OK'];
  };
}

function startJobs(k: Kernel, scenario: Scenario, files: ReadonlyMap<string, File>): void {
  let ended = 0;
  let wall = 0;
  const finished = new WaitQueue(k, null, 'stonewall');
  scenario.actors.forEach((actor, index) => {
    const made = files.get(actor.file);
    assert(made !== undefined, 'a valid scenario’s jobs name its files');
    const direct = actor.direct ? IOCB_DIRECT : 0;
    const file = {
      ...openAgain(made),
      f_iocb_flags: direct | (actor.sync_every > 0 ? 0 : SYNC_FLAGS[actor.sync]),
    };
    const region_bytes = actor.size_bytes ?? file.inode.i_size - actor.offset_bytes;
    const job: FioJob = { actor, file, region_bytes, seed: scenario.seed, stream: index + 1 };
    // A job behind a stonewall holds back all that follow it, too: they start when those before it have ended.
    if (actor.stonewall) wall = index;
    const before = wall;
    k.spawn(actor.name, allowedCpus(actor, index, scenario.machine.cpus), () => body(job, before), {
      actor: true,
    });
  });

  function* body(job: FioJob, before: number) {
    const { actor } = job;
    const started = (): boolean => ended >= before;
    yield* k.waitEvent(finished, TaskState.Interruptible, 'the jobs before it', started);
    if (actor.start_delay_ns > 0) yield* k.call(clock_nanosleep, k.now_ns + actor.start_delay_ns);
    const { context } = k.currentTask;
    k.setUserMode(context, true);
    yield* k.call(fio, job);
    k.setUserMode(context, false);
    ended++;
    for (let next = k.nextSleeper(finished); next !== null; next = k.nextSleeper(finished)) k.wake(next);
  }
}

/** CPUs that a job may use, the one where it starts first. */
function allowedCpus(actor: FioActor, index: number, cpus: number): readonly number[] {
  if (actor.cpus_allowed !== undefined) return actor.cpus_allowed;
  return Array.from({ length: cpus }, (_, i) => (index + i) % cpus);
}
