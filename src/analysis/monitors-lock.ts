import type { Columns } from '../log/columns.ts';
import { CTX_BH_OFF, CTX_IRQS_OFF, CTX_MIGRATE_OFF, CTX_UNKNOWN, preemptDepth } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { Band, bandOf } from './bands.ts';
import { monitor } from './monitor.ts';

// Spinlocks and interrupts, by classes as lockdep has them: all locks whose labels begin alike.

/** Classes whose code takes them without turning interrupts off, whether a log shows it or not. */
const TAKEN_WITH_IRQS_ON: readonly string[] = ['i_lock'];

export const lockInInterrupt = monitor(
  {
    id: 'lock-not-irq-safe',
    title: 'A spinlock that interrupts take is never held where they can come',
    severity: 'error',
    source: 'writeback-completion.md section 8: the report of an error takes i_lock; dropbehind.md section 4',
  },
  (log, _ios, report) => {
    for (const { name, inIrq, held, where } of classesOf(log)) {
      if (inIrq < 0 || (held < 0 && !TAKEN_WITH_IRQS_ON.includes(name))) continue;
      const elsewhere =
        held < 0
          ? 'others hold it with interrupts on'
          : `${log.objectName(log.object(held))} is held with ${where.on} on, event ${held}`;
      report(
        inIrq,
        `${log.objectName(log.object(inIrq))} is taken in ${where.text}, but ${elsewhere}: one that comes while its CPU holds the lock waits for ever`,
      );
    }
  },
);

/** How a class of locks is used: first rows, or -1. */
type LockClass = {
  readonly name: string;
  readonly where: { readonly text: string; readonly on: string };
  /** Taken in an interrupt of one kind. */
  inIrq: number;
  /** Held where an interrupt of that kind can come. */
  held: number;
};

const HARD = { text: 'a hard interrupt', on: 'interrupts' };
const SOFT = { text: 'a softirq', on: 'softirqs' };

function* classesOf(log: LogView): Generator<LockClass> {
  const lock = log.stringId('spinlock_t');
  if (lock < 0) return;
  const classes = new Map<string, readonly [LockClass, LockClass]>();
  const ofLabel = new Map<number, readonly [LockClass, LockClass]>(); // by object
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { columns, first, count } = chunk;
    for (let i = 0; i < count; i++) {
      if (columns.kind[i] !== Ev.Lock || log.objectTypeId(columns.object[i]!) !== lock) continue;
      const object = columns.object[i]!;
      const known = ofLabel.get(object) ?? classOf(log, object, classes);
      ofLabel.set(object, known);
      take(known, columns, i, first + i);
    }
  }
  for (const kinds of classes.values()) yield* kinds;
}

function classOf(
  log: LogView,
  object: number,
  classes: Map<string, readonly [LockClass, LockClass]>,
): readonly [LockClass, LockClass] {
  const name = log.objectLabel(object).split(' ')[0] ?? '';
  const made = classes.get(name) ?? ([newClass(name, HARD), newClass(name, SOFT)] as const);
  classes.set(name, made);
  return made;
}

const newClass = (name: string, where: LockClass['where']): LockClass => ({
  name,
  where,
  inIrq: -1,
  held: -1,
});

/** With PREEMPT_RT who waits for a spinlock sleeps, so that its holder goes on: it is held with preemption on. */
const isSleepingLock = (context: number): boolean =>
  (context & CTX_MIGRATE_OFF) !== 0 && preemptDepth(context) === 0;

function take([hard, soft]: readonly [LockClass, LockClass], columns: Columns, i: number, row: number): void {
  const context = columns.context[i]!;
  if (context & CTX_UNKNOWN || isSleepingLock(context)) return;
  const band = bandOf(context);
  if (band === Band.Hardirq) {
    if (hard.inIrq < 0) hard.inIrq = row;
    return;
  }
  const irqsOn = (context & CTX_IRQS_OFF) === 0;
  if (irqsOn && hard.held < 0) hard.held = row;
  if (band === Band.Softirq && soft.inIrq < 0) soft.inIrq = row;
  if (band === Band.Task && irqsOn && (context & CTX_BH_OFF) === 0 && soft.held < 0) soft.held = row;
}
