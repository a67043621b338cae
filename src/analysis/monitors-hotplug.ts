import { NO_ROW } from '../base/units.ts';
import type { Columns } from '../log/columns.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bandOf } from './bands.ts';
import { monitor, objectAbove, objectsOfType, rowsNamed } from './monitor.ts';
import { NO_CALL, Stacks } from './stacks.ts';
import { lastWrite } from './state.ts';
import { BATCH_TYPE } from './writeback-moments.ts';

// What becomes of the batch of a CPU that goes offline.
const HOTPLUG = 'bio-complete-in-task.md section 2.4';

export const parkedDuringHotplug = monitor(
  {
    id: 'parked-during-hotplug',
    title: 'No bio comes to the batch of a CPU whose worker is disabled because the CPU goes offline',
    severity: 'info',
    source: `${HOTPLUG}; section 5, hazard 2: only the dead callback saves those bios`,
  },
  (log, _ios, report) => {
    if (log.stringId(CALLBACKS[0]) < 0) return;
    for (const row of new HotplugPass(log).all())
      report(
        row,
        `${log.objectName(log.object(row))} comes to the batch of ${log.objectName(log.value(row))} when its worker is disabled: it waits until the CPU is dead`,
      );
  },
);

export const batchElsewhere = monitor(
  {
    id: 'batch-on-other-cpu',
    title: 'The worker of a CPU’s batch runs on that CPU',
    severity: 'warning',
    source: 'bio-complete-in-task.md section 5, hazard 2: two parties on one list without a lock',
  },
  (log, _ios, report) => {
    const states = new Map(objectsOfType(log, 'cpuhp_cpu_state').map((o) => [cpuOf(log, o), o]));
    for (const row of rowsNamed(log, Ev.Enter, 'bio_complete_work_fn')) {
      const cpu = cpuOf(log, objectAbove(log, log.object(row), BATCH_TYPE));
      if (cpu === null || cpu === log.cpu(row) || isDead(log, states.get(cpu) ?? 0, row)) continue;
      report(
        row,
        `the worker of the batch of cpu ${cpu} runs on CPU ${log.cpu(row)}, while interrupts of CPU ${cpu} may still add to it: two parties on one list`,
      );
    }
  },
);

/** CPUHP_AP_IDLE_DEAD: from here down a CPU takes no interrupts. */
const DEAD = 84;

function isDead(log: LogView, state: number, row: number): boolean {
  const written = lastWrite(log, state, 'state', row);
  return written !== NO_ROW && log.value(written) <= DEAD;
}

const CALLBACKS = [
  'bio_complete_batch_cpu_down_prep',
  'bio_complete_batch_cpu_dead',
  'bio_complete_batch_cpu_online',
] as const;

/** The CPU of what is labelled "cpu 3" (a batch) or "cpu3" (its hotplug state). */
function cpuOf(log: LogView, object: number): number | null {
  const digits = /^cpu ?(\d+)$/.exec(log.objectLabel(object))?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Follows the callbacks of the batches, and finds what is put into one between the end of `down_prep` and `dead`. */
class HotplugPass {
  private readonly log: LogView;
  private readonly stacks = new Stacks();
  private readonly disabled = new Set<number>(); // batches
  private readonly batches = new Map<number, number>(); // by CPU
  private readonly parked: number[] = [];

  constructor(log: LogView) {
    this.log = log;
    for (const batch of objectsOfType(log, BATCH_TYPE)) {
      const cpu = cpuOf(log, batch);
      if (cpu !== null) this.batches.set(cpu, batch);
    }
  }

  /** Rows of Put, ascending. */
  all(): readonly number[] {
    const [downPrep, dead, online] = CALLBACKS.map((name) => this.log.stringId(name));
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      for (let i = 0; i < count; i++) {
        const [kind, name] = [columns.kind[i]!, columns.name[i]!];
        if (kind === Ev.Exit && name === downPrep) this.disabled.add(this.batchAround(columns, i));
        this.stacks.apply(columns, i, first + i);
        if (kind === Ev.Enter && (name === dead || name === online))
          this.disabled.delete(this.batchAround(columns, i));
        if (kind === Ev.Put && this.disabled.has(columns.value[i]!)) this.parked.push(first + i);
      }
    }
    return this.parked;
  }

  /** The batch that a callback is about, or that of the CPU whose state it belongs to; 0 for none. */
  private batchAround(columns: Columns, i: number): number {
    const { log, stacks } = this;
    for (
      let call = stacks.top(columns.cpu[i]!, bandOf(columns.context[i]!));
      call !== NO_CALL;
      call = stacks.below[call]!
    ) {
      const about = stacks.object[call]!;
      if (about === 0) continue;
      if (log.objectType(about) === BATCH_TYPE) return about;
      const cpu = log.objectType(about) === 'cpuhp_cpu_state' ? cpuOf(log, about) : null;
      if (cpu !== null) return this.batches.get(cpu) ?? 0;
    }
    return 0;
  }
}
