import { assert, present } from '../base/assert.ts';
import { NO_OBJECT, NO_ROW } from '../base/units.ts';
import { CTX_BH_OFF, CTX_IRQS_OFF, CTX_USER, Level } from '../log/context.ts';
import { Ev, NO_CPU, TaskState } from '../log/events.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';

/** Where events happen: the CPU's task, or an interrupt on top of it. */
type Frame = { readonly level: Level; readonly calls: { row: number; name: number; object: number }[] };

/**
 * Writes small logs for tests the way the engine does: contexts, depths, causes and previous rows follow from what was
 * written before. Every method that writes returns its row. Time stands still until `at` moves it.
 */
export class TestLog {
  private readonly view = new LogView();
  private readonly writer = new LogWriter((chunk) => this.view.add(chunk));
  private time_ns = 0;
  private readonly tasks = new Map<number, Frame>();
  private readonly interrupts = new Map<number, (Frame & { start: number })[]>();
  private readonly current = new Map<number, number>();
  private readonly lastSwitch = new Map<number, number>();
  private readonly lastSet = new Map<string, number>();
  private readonly lastPut = new Map<number, { row: number; place: number }>();
  private readonly lastLock = new Map<number, number>();
  private readonly lastWake = new Map<number, number>();

  constructor() {
    this.write({ kind: Ev.Start, cpu: NO_CPU, cause: NO_ROW });
  }

  /** Moves the clock to an absolute time. */
  at(time_ns: number): this {
    this.time_ns = time_ns;
    return this;
  }

  object(type: string, parent = 0, label = ''): number {
    return this.writer.object(this.writer.intern(type), parent, this.writer.intern(label));
  }

  task(label: string): number {
    return this.object('task_struct', 0, label);
  }

  /** Gives the CPU to a task; `state` is what the previous one becomes. */
  switchTo(cpu: number, task: number, state: TaskState = TaskState.Interruptible): number {
    const woken = this.lastWake.get(task);
    const prev = this.lastSwitch.get(cpu) ?? NO_ROW;
    const fields = { kind: Ev.Switch, cpu, object: task, value: state, prev };
    const row = this.write(woken === undefined ? fields : { ...fields, cause: woken });
    this.current.set(cpu, task);
    this.lastSwitch.set(cpu, row);
    return row;
  }

  enter(cpu: number, name: string, object = 0, mode: 'kernel' | 'user' = 'kernel'): number {
    const { calls } = this.frame(cpu);
    const context = this.context(cpu) | (mode === 'user' ? CTX_USER : 0);
    const row = this.write({ kind: Ev.Enter, cpu, name, object, value: calls.length, context });
    calls.push({ row, name: this.writer.intern(name), object });
    return row;
  }

  /** Leaves the innermost function of the CPU. */
  exit(cpu: number): number {
    const call = this.frame(cpu).calls.pop();
    assert(call !== undefined, 'a test leaves only functions that it entered');
    return this.write({ kind: Ev.Exit, cpu, nameId: call.name, object: call.object, prev: call.row });
  }

  /** Enters functions one in the other, runs `inside`, and leaves them. */
  calls(cpu: number, names: readonly string[], object: number, inside: () => void = () => undefined): void {
    for (const name of names) this.enter(cpu, name, object);
    inside();
    for (let i = 0; i < names.length; i++) this.exit(cpu);
  }

  irq(cpu: number, name: string, cause?: number): number {
    return this.interrupt(cpu, Ev.Irq, name, cause);
  }
  softirq(cpu: number, name = 'BLOCK', cause?: number): number {
    return this.interrupt(cpu, Ev.Softirq, name, cause);
  }
  /** Ends the topmost interrupt of the CPU, of either kind. */
  endInterrupt(cpu: number): number {
    const frame = this.interrupts.get(cpu)?.pop();
    assert(frame !== undefined, 'a test ends only interrupts that it began');
    const kind = frame.level === Level.Softirq ? Ev.SoftirqEnd : Ev.IrqEnd;
    return this.write({ kind, cpu, prev: frame.start, context: frame.level });
  }

  wake(cpu: number, task: number): number {
    const row = this.write({ kind: Ev.Wake, cpu, object: task, value: cpu });
    this.lastWake.set(task, row);
    return row;
  }
  sleep(cpu: number, waitsFor: string): number {
    const object = this.current.get(cpu) ?? 0;
    return this.write({ kind: Ev.Sleep, cpu, name: waitsFor, object, value: TaskState.Interruptible });
  }

  create(cpu: number, type: string, parent = 0, label = ''): number {
    const object = this.object(type, parent, label);
    this.write({ kind: Ev.New, cpu, name: type, object });
    return object;
  }
  free(cpu: number, object: number, type: string): number {
    return this.write({ kind: Ev.Free, cpu, name: type, object });
  }
  /** Writes a field that holds a word or the name of a function. */
  setWord(cpu: number, object: number, field: string, word: string): number {
    return this.set(cpu, object, field, this.writer.intern(word));
  }
  set(cpu: number, object: number, field: string, value: number): number {
    const key = `${object}.${field}`;
    const row = this.write({
      kind: Ev.Set,
      cpu,
      name: field,
      object,
      value,
      prev: this.lastSet.get(key) ?? NO_ROW,
    });
    this.lastSet.set(key, row);
    return row;
  }
  decide(
    cpu: number,
    rule: string,
    object: number,
    outcome: number,
    inputs: Readonly<Record<string, number>> = {},
  ): number {
    const row = this.write({ kind: Ev.Decide, cpu, name: rule, object, value: outcome });
    for (const [name, value] of Object.entries(inputs))
      this.write({ kind: Ev.Input, cpu, name, object, value, prev: row });
    return row;
  }
  trace(cpu: number, name: string, object: number, value = 0, cause?: number): number {
    const fields = { kind: Ev.Trace, cpu, name, object, value };
    return this.write(cause === undefined ? fields : { ...fields, cause });
  }
  put(cpu: number, item: number, place: number): number {
    const row = this.write({ kind: Ev.Put, cpu, object: item, value: place });
    this.lastPut.set(item, { row, place });
    return row;
  }
  /** Takes an item from the place where it waits. */
  take(cpu: number, item: number): number {
    const put = present(this.lastPut.get(item), 'a test takes only what it put');
    return this.write({ kind: Ev.Take, cpu, object: item, value: put.place, prev: put.row });
  }
  lock(cpu: number, lock: number, irqs: 'on' | 'off' = 'on'): number {
    const context = this.context(cpu) | (irqs === 'off' ? CTX_IRQS_OFF : 0);
    const row = this.write({ kind: Ev.Lock, cpu, object: lock, context });
    this.lastLock.set(lock, row);
    return row;
  }
  unlock(cpu: number, lock: number): number {
    return this.write({ kind: Ev.Unlock, cpu, object: lock, prev: this.lastLock.get(lock) ?? NO_ROW });
  }
  /** Somebody has a lock after having spun for it. */
  spin(cpu: number, lock: number, spun_ns: number): number {
    return this.write({ kind: Ev.Spin, cpu, name: 'spin_lock', object: lock, value: spun_ns });
  }
  hazard(cpu: number, name: string, object: number): number {
    return this.write({ kind: Ev.Hazard, cpu, name, object });
  }
  notify(cpu: number, how: string, io: number, result: number): number {
    return this.write({ kind: Ev.Notify, cpu, name: how, object: io, value: result });
  }

  /** Ends the run and returns its log. */
  stop(reason = 'done'): LogView {
    this.write({ kind: Ev.Stop, cpu: NO_CPU, name: reason, value: this.writer.rows });
    this.writer.close();
    return this.view;
  }

  /** Writes any row as it is: for logs that break a rule. What is left out is filled in. */
  write(event: {
    kind: Ev;
    cpu: number;
    context?: number;
    name?: string;
    nameId?: number;
    object?: number;
    value?: number;
    cause?: number;
    prev?: number;
  }): number {
    return this.writer.append(
      this.time_ns,
      event.kind,
      event.cpu,
      event.context ?? this.context(event.cpu),
      event.nameId ?? this.writer.intern(event.name ?? ''),
      event.object ?? NO_OBJECT,
      event.value ?? 0,
      event.cause ?? this.cause(event.cpu),
      event.prev ?? NO_ROW,
    );
  }

  private interrupt(
    cpu: number,
    kind: typeof Ev.Irq | typeof Ev.Softirq,
    name: string,
    cause?: number,
  ): number {
    const below = this.interrupts.get(cpu) ?? [];
    const level =
      kind === Ev.Softirq ? Level.Softirq : below.length > 0 ? Level.HardirqInSoftirq : Level.Hardirq;
    const fields = { kind, cpu, name, context: level | (kind === Ev.Irq ? CTX_IRQS_OFF : CTX_BH_OFF) };
    const start = this.write(cause === undefined ? fields : { ...fields, cause });
    this.interrupts.set(cpu, [...below, { level, calls: [], start }]);
    return start;
  }

  private frame(cpu: number): Frame {
    const interrupt = this.interrupts.get(cpu)?.at(-1);
    if (interrupt !== undefined) return interrupt;
    const task = this.current.get(cpu) ?? 0;
    const frame = this.tasks.get(task) ?? { level: Level.Task, calls: [] };
    this.tasks.set(task, frame);
    return frame;
  }

  private context(cpu: number): number {
    if (cpu === NO_CPU) return Level.Task;
    const { level } = this.frame(cpu);
    return level | (level >= Level.Hardirq ? CTX_IRQS_OFF : level === Level.Softirq ? CTX_BH_OFF : 0);
  }

  private cause(cpu: number): number {
    if (cpu === NO_CPU) return 0;
    const gained = this.interrupts.get(cpu)?.at(-1)?.start ?? this.lastSwitch.get(cpu) ?? 0;
    return Math.max(gained, this.frame(cpu).calls.at(-1)?.row ?? 0);
  }
}
