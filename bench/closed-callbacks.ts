/**
 * The closed queueing model by hand: callbacks over typed arrays, no generators, no engine; what it does is all written out
 * here. It writes the same rows as the engine does for the model (a check compares them), with the same queue, so the
 * time it takes is the least that such a log can cost.
 */
import { Prng } from '../src/base/prng.ts';
import { NO_ROW } from '../src/base/units.ts';
import { EventQueue } from '../src/engine/event-queue.ts';
import { CHUNK_ROWS, type Columns, columnsOver, EVENT_BYTES } from '../src/log/columns.ts';
import { CTX_IRQS_OFF, CTX_RESCHED } from '../src/log/context.ts';
import { Ev, TaskState } from '../src/log/events.ts';
import type { ClosedModel } from './closed-engine.ts';

const SPEND_END = 0;
const DEVICE_DONE = 1;
const IN_IRQ = 2 | CTX_IRQS_OFF;
const SWITCHING = CTX_IRQS_OFF | (2 << 8);
const IDLE_DEPTH = 1 << 8;

/** Strings in the order in which the engine's log comes to know them. */
export type Names = {
  readonly work: number;
  readonly complete: number;
  readonly device: number;
  readonly waitsFor: number;
};

export class Callbacks {
  rows = 0;
  private index = 0;
  private columns: Columns = newChunk();
  private readonly queue = new EventQueue();
  private readonly prng = new Prng(1, 0);
  private now = 0;
  private left: number;
  private running = 0; // customer + 1; 0: idle
  private readonly ready: Uint32Array;
  private readyHead = 0;
  private readyCount = 0;
  private generation = 0;
  private spendEnd = 0;
  private level = 0;
  private switchRow: number = NO_ROW;
  private readonly enterRows = new Uint32Array(16);
  private readonly wakeRows: Uint32Array;
  private readonly handlers: readonly ((a: number) => void)[];

  private readonly model: ClosedModel;
  private readonly names: Names;
  private readonly firstTask: number;
  private readonly sink: (columns: Columns, count: number) => void;

  constructor(
    model: ClosedModel,
    names: Names,
    firstTask: number,
    sink: (columns: Columns, count: number) => void,
  ) {
    this.model = model;
    this.names = names;
    this.firstTask = firstTask;
    this.sink = sink;
    this.left = model.cycles;
    this.ready = new Uint32Array(model.customers);
    this.wakeRows = new Uint32Array(model.customers);
    this.handlers = [(generation) => this.spent(generation), (customer) => this.done(customer)];
  }

  private append(
    kind: number,
    context: number,
    name: number,
    object: number,
    value: number,
    cause: number,
    prev: number,
  ): number {
    const i = this.index;
    const c = this.columns;
    c.time_ns[i] = this.now;
    c.kind[i] = kind;
    c.cpu[i] = 0;
    c.context[i] = context;
    c.name[i] = name;
    c.object[i] = object;
    c.value[i] = value;
    c.cause[i] = cause;
    c.prev[i] = prev;
    this.index = i + 1;
    if (this.index === CHUNK_ROWS) {
      this.sink(c, CHUNK_ROWS);
      this.columns = newChunk();
      this.index = 0;
    }
    return this.rows++;
  }

  run(firstRow: number, wakeRows: readonly number[]): void {
    this.rows = firstRow;
    wakeRows.forEach((row, i) => {
      this.wakeRows[i] = row;
      this.ready[i] = i;
    });
    this.readyCount = this.model.customers;
    this.next(TaskState.Running, NO_ROW, true);
    const { queue, handlers } = this;
    while (queue.pop()) {
      this.now = queue.time_ns;
      handlers[queue.code]!(queue.a);
    }
    this.sink(this.columns, this.index);
  }

  /** The spending of the running customer is over. */
  private spent(generation: number): void {
    if (generation !== this.generation) return; // interrupted meanwhile
    const { depth } = this.model;
    if (this.level < depth) {
      this.call();
      return;
    }
    const customer = this.running - 1;
    this.queue.push(this.now + 5000 + this.prng.below(1000), DEVICE_DONE, customer);
    while (this.level > 0) {
      const row = this.enterRows[this.level--]!;
      this.append(Ev.Exit, 0, this.names.work, 0, 0, row, row);
    }
    this.append(
      Ev.Sleep,
      0,
      this.names.waitsFor,
      this.firstTask + customer,
      TaskState.Interruptible,
      this.enterRows[0]!,
      NO_ROW,
    );
    this.next(TaskState.Interruptible, this.enterRows[0]!, false);
  }

  /** Switches to the first ready customer, or to idle, and lets it begin; one without cycles left ends. */
  private next(state: number, cause: number, wasIdle: boolean): void {
    for (;;) {
      if (this.readyCount === 0) {
        this.running = 0;
        this.switchRow = this.append(
          Ev.Switch,
          SWITCHING,
          0,
          this.firstTask - 1,
          state,
          cause,
          this.switchRow,
        );
        return;
      }
      const customer = this.ready[this.readyHead]!;
      this.readyHead = this.readyHead + 1 === this.ready.length ? 0 : this.readyHead + 1;
      this.readyCount--;
      this.running = customer + 1;
      const previous = wasIdle ? TaskState.Running : state;
      this.switchRow = this.append(
        Ev.Switch,
        SWITCHING,
        0,
        this.firstTask + customer,
        previous,
        this.wakeRows[customer]!,
        this.switchRow,
      );
      this.enterRows[0] = this.switchRow;
      if (this.left-- > 0) {
        this.call();
        return;
      }
      state = TaskState.Dead;
      cause = this.switchRow;
      wasIdle = false;
    }
  }

  private call(): void {
    const cause = this.enterRows[this.level]!;
    this.enterRows[this.level + 1] = this.append(Ev.Enter, 0, this.names.work, 0, this.level, cause, NO_ROW);
    this.level++;
    this.spendEnd = this.now + 100;
    this.queue.push(this.spendEnd, SPEND_END, ++this.generation);
  }

  /** The device interrupts: wakes the customer. */
  private done(customer: number): void {
    const idle = this.running === 0;
    const context = idle ? IN_IRQ | IDLE_DEPTH : IN_IRQ;
    const after = idle && this.readyCount === 0 ? context | CTX_RESCHED : context;
    const object = this.firstTask + customer;
    const irq = this.append(Ev.Irq, context, this.names.device, 0, 1, 0, NO_ROW);
    const enter = this.append(Ev.Enter, context, this.names.complete, object, 0, irq, NO_ROW);
    this.wakeRows[customer] = this.append(Ev.Wake, context, 0, object, 0, enter, NO_ROW);
    this.append(Ev.Exit, after, this.names.complete, object, 0, enter, enter);
    this.append(Ev.IrqEnd, after, 0, 0, 0, irq, irq);
    const tail = this.readyHead + this.readyCount++;
    this.ready[tail < this.ready.length ? tail : tail - this.ready.length] = customer;
    if (idle) this.next(TaskState.Running, NO_ROW, true);
    else this.queue.push(this.spendEnd, SPEND_END, ++this.generation);
  }
}

function newChunk(): Columns {
  return columnsOver(new ArrayBuffer(CHUNK_ROWS * EVENT_BYTES), CHUNK_ROWS);
}
