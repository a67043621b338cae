import { CTX_IRQS_OFF, CTX_RESCHED, CTX_UNKNOWN } from '../log/context.ts';
import type { Columns } from '../log/columns.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { monitor, rowsNamed, type Report } from './monitor.ts';
import { durationText } from './narrate.ts';

// How long writeback may keep a CPU to itself.

/** From here on a work item counts as one that hogs its CPU: wq_cpu_intensive_thresh_us of kernel/workqueue.c. */
export const LONG_WORK_NS = 10_000_000;
/** A tick at HZ=1000: what lasts longer makes the CPU miss one. A softirq gives up by itself after twice as long. */
export const LONG_IRQ_NS = 1_000_000;

export const workerNeverYields = monitor(
  {
    id: 'worker-never-yields',
    title: 'The worker of a batch gives up the CPU when somebody else has wanted it for 10 ms',
    severity: 'warning',
    source:
      'bio-complete-in-task.md section 5, hazard 9; the bound is that of workqueue.cpu_intensive_thresh_us',
  },
  (log, _ios, report) => {
    const calls = [...rowsNamed(log, Ev.Enter, 'bio_complete_work_fn')];
    if (calls.length > 0) new WantedPass(log, report).all();
  },
);

/** What a CPU is in the middle of: its worker's call, and since when the task wants to be rid of the CPU. */
type Working = { task: number; wanted_ns: number };

/** Measures how long need_resched is set, without a switch, while the worker of a batch has the CPU. */
class WantedPass {
  private readonly log: LogView;
  private readonly report: Report;
  private readonly cpus: Working[] = [];
  /** Open calls of the worker, by task: rows of Enter. */
  private readonly open = new Map<number, number>();

  constructor(log: LogView, report: Report) {
    this.log = log;
    this.report = report;
  }

  all(): void {
    const work = this.log.stringId('bio_complete_work_fn');
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const { kind, name, context } = columns;
      for (let i = 0; i < count; i++) {
        const isCall = name[i] === work && (kind[i] === Ev.Enter || kind[i] === Ev.Exit);
        if (isCall || kind[i] === Ev.Switch || isWanted(context[i]!))
          this.take(columns, i, first + i, isCall);
      }
    }
  }

  /** A switch, the beginning or the end of the worker's call, or any event while need_resched is set. */
  private take(columns: Columns, i: number, row: number, isCall: boolean): void {
    const cpu = (this.cpus[columns.cpu[i]!] ??= { task: 0, wanted_ns: -1 });
    const kind = columns.kind[i]!;
    if (kind === Ev.Switch) {
      this.ends(cpu, columns, i);
      cpu.task = columns.object[i]!;
    } else if (isCall && kind === Ev.Enter) this.open.set(cpu.task, row);
    else if (isCall) {
      this.ends(cpu, columns, i);
      this.open.delete(cpu.task);
    }
    const wanted = cpu.wanted_ns < 0 && isWanted(columns.context[i]!);
    if (wanted && this.open.has(cpu.task)) cpu.wanted_ns = columns.time_ns[i]!;
  }

  /** The worker has left the CPU, or its work is done. */
  private ends(cpu: Working, columns: Columns, i: number): void {
    const call = this.open.get(cpu.task);
    const waited_ns = columns.time_ns[i]! - cpu.wanted_ns;
    if (call !== undefined && cpu.wanted_ns >= 0 && waited_ns >= LONG_WORK_NS)
      this.report(
        call,
        `${this.log.objectName(cpu.task)} ends the bios of a batch and keeps CPU ${columns.cpu[i]!} for ${durationText(waited_ns)} although somebody else wants it`,
      );
    cpu.wanted_ns = -1;
  }
}

const isWanted = (context: number): boolean => (context & (CTX_RESCHED | CTX_UNKNOWN)) === CTX_RESCHED;

export const longIrq = monitor(
  {
    id: 'long-irq',
    title: 'No interrupt, softirq or section with interrupts off lasts longer than 1 ms',
    severity: 'warning',
    source:
      'writeback-completion.md section 4.1: ioends are limited to 4096 folios because an interrupt may have to end them all',
  },
  (log, _ios, report) => new LongPass(log, report).all(),
);

/** An interrupt that is being handled: where it began, and how many folios had ended their writeback by then. */
type Frame = { readonly row: number; readonly folios: number };
/** A CPU: its interrupts, the folios that ended on it, and a task's section with interrupts off: its first and last row, and
 *  the locks that are held in it. */
type Cpu = { readonly frames: Frame[]; folios: number; offSince: number; offUntil: number; locks: number };

/** Bits of the context: a task has interrupts off if of these only that bit is set. */
const STATE = 3 | CTX_IRQS_OFF | CTX_UNKNOWN;

/** Measures interrupts from their beginnings to their ends, and interrupts-off sections by the rows that lie in them. */
class LongPass {
  private readonly log: LogView;
  private readonly report: Report;
  private readonly cpus: Cpu[] = [];

  constructor(log: LogView, report: Report) {
    this.log = log;
    this.report = report;
  }

  all(): void {
    const ends = this.log.stringId('folio_end_writeback');
    for (let c = 0, chunk = this.log.chunk(0); chunk !== null; chunk = this.log.chunk(++c)) {
      const { columns, first, count } = chunk;
      const { kind, name, context } = columns;
      for (let i = 0; i < count; i++) {
        if (columns.cpu[i] === NO_CPU) continue;
        const cpu = (this.cpus[columns.cpu[i]!] ??= newCpu());
        if ((context[i]! & STATE) === CTX_IRQS_OFF && kind[i] !== Ev.Switch)
          this.takeOff(cpu, kind[i]!, first + i);
        else if (cpu.offSince >= 0) this.sectionEnds(cpu);
        if (kind[i] === Ev.Enter) cpu.folios += name[i] === ends ? 1 : 0;
        else if (kind[i] === Ev.Irq || kind[i] === Ev.Softirq)
          cpu.frames.push({ row: first + i, folios: cpu.folios });
        else if (kind[i] === Ev.IrqEnd || kind[i] === Ev.SoftirqEnd) this.frameEnds(cpu, columns, i);
      }
    }
    this.cpus.forEach((cpu) => this.sectionEnds(cpu)); // skips CPUs of which there is nothing
  }

  private frameEnds(cpu: Cpu, columns: Columns, i: number): void {
    const frame = cpu.frames.pop();
    if (frame === undefined || frame.row !== columns.prev[i]) return; // the log has lost something
    const { log } = this;
    const lasted_ns = columns.time_ns[i]! - log.time(frame.row);
    if (lasted_ns <= LONG_IRQ_NS) return;
    const folios = cpu.folios - frame.folios;
    const what = log.kind(frame.row) === Ev.Irq ? 'interrupt' : 'softirq';
    const why =
      folios === 0
        ? ''
        : `: ${folios} ${folios === 1 ? 'folio ends its' : 'folios end their'} writeback in it`;
    this.report(
      frame.row,
      `the ${what} ${log.name(frame.row)} keeps CPU ${log.cpu(frame.row)} for ${durationText(lasted_ns)}${why}`,
    );
  }

  /** A task's section with interrupts off: from its first row to its last, or to that which gives its last lock up. */
  private takeOff(cpu: Cpu, kind: number, row: number): void {
    if (cpu.offSince < 0) cpu.offSince = row;
    cpu.offUntil = row;
    if (kind === Ev.Lock) cpu.locks++;
    else if (kind === Ev.Unlock && --cpu.locks <= 0) this.sectionEnds(cpu);
  }

  private sectionEnds(cpu: Cpu): void {
    const { offSince, offUntil } = cpu;
    cpu.offSince = -1;
    cpu.locks = 0;
    if (offSince < 0) return;
    const { log } = this;
    const lasted_ns = log.time(offUntil) - log.time(offSince);
    if (lasted_ns > LONG_IRQ_NS)
      this.report(offSince, `interrupts are off on CPU ${log.cpu(offSince)} for ${durationText(lasted_ns)}`);
  }
}

const newCpu = (): Cpu => ({ frames: [], folios: 0, offSince: -1, offUntil: -1, locks: 0 });
