/**
 * Who holds which spinlock when, and who spins for it: read off Lock, Unlock and Spin. The holder's bar has the colour of
 * its context; those that wait lie below it.
 */
import { Band, bandOf } from '../analysis/bands.ts';
import { NO_OBJECT } from '../base/units.ts';
import { CTX_IRQS_OFF } from '../log/context.ts';
import type { Columns } from '../log/columns.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { eachRow } from './each-row.ts';
import { taskKind } from './flames.ts';
import { Lane } from './lane.ts';
import { Kind } from './theme.ts';

/** What a bar of a lock is, in the `piece` column; apart from `Piece`, which such lanes never hold. */
export const LockPiece = { Held: 8, IrqsOff: 9, Spins: 10 } as const;

/** One spinlock with everybody who ever had it. */
export type LockTrack = {
  readonly object: number;
  readonly label: string;
  /** The holders, then those who wait at once, as many as there ever were up to `MOST_WAITERS`. */
  readonly lanes: Lane[];
  /** How often it was taken, with interrupts off, and waited for. */
  readonly counts: { taken: number; irqsOff: number; waits: number };
};

/** More that wait at once are counted, not drawn. */
const MOST_WAITERS = 8;

type Open = { readonly row: number; readonly cpu: number; readonly context: number; readonly who: Holder };
/** Either a task or the name of an interrupt or softirq. */
type Holder = { readonly task: number; readonly name: number; readonly kind: Kind };
type Filling = LockTrack & { open: Open | null; readonly ends: number[] };

/** Reads a log as it grows. */
export class Locks {
  /** There is a page cache in it: then its locks are worth a look. */
  hasFolios = false;
  private readonly byObject = new Map<number, Filling>();
  private rows = 0;
  private closed = false;
  private lockType = -1;
  /** The task of each CPU, and the interrupts on it, the innermost last. */
  private readonly tasks: number[] = [];
  private readonly interrupts: number[][] = [];

  /** The locks in the order in which they came into being. */
  get tracks(): LockTrack[] {
    return [...this.byObject.values()].sort((a, b) => a.object - b.object);
  }

  /** Takes in the rows since the last time, up to `end`. */
  add(log: LogView, end: number): void {
    this.lockType = log.stringId('spinlock_t');
    this.hasFolios ||= log.stringId('folio') >= 0;
    eachRow(log, this.rows, end, (columns, i, row) => this.read(log, columns, i, row));
    this.rows = Math.max(this.rows, end);
    if (log.complete && this.rows === log.rows && !this.closed) this.close(log);
  }

  private read(log: LogView, columns: Columns, i: number, row: number): void {
    const cpu = columns.cpu[i]!;
    switch (columns.kind[i]! as Ev) {
      case Ev.Switch:
        this.tasks[cpu] = columns.object[i]!;
        break;
      case Ev.Irq:
      case Ev.Softirq:
        (this.interrupts[cpu] ??= []).push(columns.name[i]!);
        break;
      case Ev.IrqEnd:
      case Ev.SoftirqEnd:
        this.interrupts[cpu]?.pop();
        break;
      case Ev.Lock:
      case Ev.Unlock:
      case Ev.Spin:
        if (cpu !== NO_CPU && log.objectTypeId(columns.object[i]!) === this.lockType)
          this.readLock(log, columns, i, row);
        break;
      default:
    }
  }

  private readLock(log: LogView, columns: Columns, i: number, row: number): void {
    const lock = this.lock(log, columns.object[i]!);
    const [cpu, context] = [columns.cpu[i]!, columns.context[i]!];
    if (columns.kind[i] === Ev.Lock) lock.open = { row, cpu, context, who: this.holder(log, cpu, context) };
    else if (columns.kind[i] === Ev.Unlock) this.release(log, lock, columns.time_ns[i]!, row);
    else this.wait(log, lock, row, columns.value[i]!, this.holder(log, cpu, context));
  }

  private holder(log: LogView, cpu: number, context: number): Holder {
    const band = bandOf(context);
    if (band === Band.Task) {
      const task = this.tasks[cpu] ?? NO_OBJECT;
      return { task, name: 0, kind: taskKind(log, task) };
    }
    const name = this.interrupts[cpu]?.at(-1) ?? 0;
    return { task: NO_OBJECT, name, kind: band === Band.Hardirq ? Kind.HardIrq : Kind.SoftIrq };
  }

  private release(log: LogView, lock: Filling, t1_ns: number, end: number): void {
    const { open } = lock;
    if (open === null) return; // an imported log may begin in the middle
    lock.open = null;
    lock.counts.taken++;
    const irqsOff = (open.context & CTX_IRQS_OFF) !== 0;
    if (irqsOff) lock.counts.irqsOff++;
    const { task, name, kind } = open.who;
    const piece = irqsOff ? LockPiece.IrqsOff : LockPiece.Held;
    lock.lanes[0]?.append(log.time(open.row), t1_ns, open.row, name, task, task, kind, piece, open.row, end);
  }

  /** Somebody has got it after `spun_ns`. */
  private wait(log: LogView, lock: Filling, row: number, spun_ns: number, who: Holder): void {
    lock.counts.waits++;
    const t1_ns = log.time(row);
    const t0_ns = t1_ns - spun_ns;
    let at = lock.ends.findIndex((end) => end <= t0_ns);
    if (at < 0) at = lock.ends.length;
    if (at >= MOST_WAITERS) return;
    lock.ends[at] = t1_ns;
    const lane = (lock.lanes[at + 1] ??= new Lane());
    const { task, name } = who;
    lane.append(t0_ns, t1_ns, row, name, task, task, Kind.Waiting, LockPiece.Spins, log.prev(row), row);
  }

  /** Who has it when the run ends keeps it to the end of the picture. */
  private close(log: LogView): void {
    this.closed = true;
    for (const lock of this.byObject.values()) this.release(log, lock, log.end_ns, log.rows);
  }

  private lock(log: LogView, object: number): Filling {
    const known = this.byObject.get(object);
    if (known !== undefined) return known;
    const made: Filling = {
      object,
      label: lockLabel(log, object),
      lanes: [new Lane()],
      counts: { taken: 0, irqsOff: 0, waits: 0 },
      open: null,
      ends: [],
    };
    this.byObject.set(object, made);
    return made;
  }
}

/** "i_pages data"; a lock that several things have one of is told by whose it is: "i_ioend_lock data". */
function lockLabel(log: LogView, lock: number): string {
  const own = log.objectName(lock);
  const owner = log.objectLabel(log.objectParent(lock));
  const says = owner === '' || own.includes(owner) || owner === log.objectType(log.objectParent(lock));
  return says ? own : `${own} ${owner}`;
}
