import { NO_ROW } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogWriter } from '../log/writer.ts';
import type { Cpu } from './cpu.ts';
import type { ExecContext } from './frame.ts';
import type { Rule } from './rule.ts';
import type { Obj, Registry } from './struct.ts';

/** String ids of a rule's id and of the labels of its inputs. */
type RuleNames = { readonly id: number; readonly inputs: (number | undefined)[] };

/**
 * Everything that a run writes goes through here: events with the CPU, the context and the cause that hold when they
 * happen. An event's cause is the later of two rows: the call it is made in, and the row through which its context got
 * the CPU (an interrupt's Irq, a task's Switch). Following causes thus leads through calls and wake-ups to row 0.
 */
export class Recorder implements Registry {
  /** Simulated time. */
  now_ns = 0;
  /** What is executing; null between, for the device and for the start of the run. */
  cpu: Cpu | null = null;
  ctx: ExecContext | null = null;
  /** Cause of events outside any CPU. */
  outsideCause = 0;

  // String ids, to be had faster than by their texts. Each is interned when it is first written, so that the order of the
  // string table is that of the log.
  private readonly functionNames = new Map<unknown, number>();
  private readonly ruleNames = new Map<Rule, RuleNames>();
  private readonly fieldNamesByType = new Map<unknown, (number | undefined)[]>();

  /** Earlier places of items that have been put into another one meanwhile: few at any time. */
  private readonly alsoPut: { readonly item: Obj; readonly place: number; readonly row: number }[] = [];

  readonly log: LogWriter;

  constructor(log: LogWriter) {
    this.log = log;
    log.append(0, Ev.Start, NO_CPU, 0, log.intern('start'), 0, 0, NO_ROW, NO_ROW);
  }

  intern(text: string): number {
    return this.log.intern(text);
  }

  /** String id of a model function's name. */
  nameOf(fn: { readonly name: string }): number {
    let id = this.functionNames.get(fn);
    if (id === undefined) {
      id = this.log.intern(fn.name);
      this.functionNames.set(fn, id);
    }
    return id;
  }

  /** Appends an event of the present context and returns its row. `name` is a string id. */
  emit(kind: number, name: number, object: number, value: number, prev: number = NO_ROW): number {
    const { cpu, ctx } = this;
    if (cpu === null || ctx === null)
      return this.log.append(this.now_ns, kind, NO_CPU, 0, name, object, value, this.outsideCause, prev);
    return this.log.append(this.now_ns, kind, cpu.id, cpu.bits, name, object, value, ctx.causeRow, prev);
  }

  /** A kernel tracepoint, under its ftrace name. */
  trace(name: string, object: Obj | null, value = 0): number {
    return this.emit(Ev.Trace, this.intern(name), object?.id ?? 0, value);
  }

  /** Something the engine itself saw go wrong. */
  hazard(id: string, object: Obj | null): void {
    this.emit(Ev.Hazard, this.intern(id), object?.id ?? 0, 0);
  }

  /**
   * Records a decision where it is taken and gives the outcome back: rule, inputs, outcome. Inputs are numbers or truth
   * values, in the order of the rule's labels. The subject is that of the function which decides.
   */
  decide<T extends boolean | number>(
    rule: Rule,
    outcome: T,
    a?: number | boolean,
    b?: number | boolean,
    c?: number | boolean,
    d?: number | boolean,
  ): T {
    const { ctx } = this;
    const subject = ctx?.frame?.object ?? 0;
    const names = this.namesOf(rule);
    const row = this.emit(Ev.Decide, names.id, subject, Number(outcome));
    if (a !== undefined) this.input(rule, names, 0, subject, a, row);
    if (b !== undefined) this.input(rule, names, 1, subject, b, row);
    if (c !== undefined) this.input(rule, names, 2, subject, c, row);
    if (d !== undefined) this.input(rule, names, 3, subject, d, row);
    return outcome;
  }

  private namesOf(rule: Rule): RuleNames {
    let names = this.ruleNames.get(rule);
    if (names === undefined) {
      names = { id: this.log.intern(rule.id), inputs: [] };
      this.ruleNames.set(rule, names);
    }
    return names;
  }

  private input(
    rule: Rule,
    names: RuleNames,
    index: number,
    subject: number,
    value: number | boolean,
    row: number,
  ): void {
    const name = (names.inputs[index] ??= this.log.intern(rule.inputs[index] ?? `input ${index}`));
    this.emit(Ev.Input, name, subject, Number(value), row);
  }

  fieldNames(type: unknown): (number | undefined)[] {
    let names = this.fieldNamesByType.get(type);
    if (names === undefined) {
      names = [];
      this.fieldNamesByType.set(type, names);
    }
    return names;
  }

  register(type: string, parent: Obj | null, label: string): number {
    const typeId = this.intern(type);
    const id = this.log.object(typeId, parent?.id ?? 0, this.intern(label));
    this.emit(Ev.New, typeId, id, 0);
    return id;
  }

  logField(object: Obj, name: number, value: number, previous: number): number {
    return this.emit(Ev.Set, name, object.id, value, previous);
  }

  /** The object's memory is given back; nothing may use it afterwards. */
  free(object: Obj): void {
    this.emit(Ev.Free, 0, object.id, 0);
  }

  /** `item` begins to wait in `place`; it may be in another one, too. */
  put(item: Obj, place: Obj): void {
    if (item.putRow !== NO_ROW) this.alsoPut.push({ item, place: item.putPlace, row: item.putRow });
    item.putRow = this.emit(Ev.Put, 0, item.id, place.id);
    item.putPlace = place.id;
  }

  /** `item` leaves `place`. */
  take(item: Obj, place: Obj): void {
    let row = item.putRow;
    if (item.putPlace === place.id) item.putRow = NO_ROW;
    else {
      const at = this.alsoPut.findIndex((put) => put.item === item && put.place === place.id);
      row = at < 0 ? NO_ROW : this.alsoPut[at]!.row;
      if (at >= 0) this.alsoPut.splice(at, 1);
    }
    this.emit(Ev.Take, 0, item.id, place.id, row);
  }
}
