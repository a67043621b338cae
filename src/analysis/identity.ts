import { assert } from '../base/assert.ts';
import { escapeText, unescapeText } from '../base/url-text.ts';
import { NO_OBJECT, type ObjectId, type Row } from '../base/units.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';

/**
 * Names for events and objects by what they mean, so that a link still points at the same thing after a rerun, an edit
 * elsewhere in the scenario or a new release, where row numbers have all moved.
 *
 * An object is `bio.3`, the third bio, or `task_struct-fio-job`, by its label; `task_struct-fio-job.2` is the second
 * of that label. An event is where, what and the how-manieth: `bio.3~bio_endio~2` is the second time that bio_endio is
 * entered about the third bio. The first time is left out; kinds other than Enter go before the name with their
 * letter, `bio.3~x-bio_endio`. What is about no object is told from its CPU, `cpu.1~i-nvme0q2~7`, and what happens
 * outside any CPU from the run, `run~b`.
 *
 * Only URL-unreserved characters occur. An event's id contains `~`, an object's never does.
 */
const KIND_LETTERS: Readonly<Record<Ev, string>> = {
  [Ev.Start]: 'b',
  [Ev.Enter]: 'e',
  [Ev.Exit]: 'x',
  [Ev.Irq]: 'i',
  [Ev.IrqEnd]: 'j',
  [Ev.Softirq]: 's',
  [Ev.SoftirqEnd]: 'r',
  [Ev.Switch]: 'c',
  [Ev.Wake]: 'w',
  [Ev.Sleep]: 'z',
  [Ev.New]: 'n',
  [Ev.Free]: 'f',
  [Ev.Set]: 'a',
  [Ev.Decide]: 'd',
  [Ev.Input]: 'q',
  [Ev.Trace]: 't',
  [Ev.Put]: 'p',
  [Ev.Take]: 'g',
  [Ev.Spin]: 'y',
  [Ev.Hazard]: 'h',
  [Ev.Lock]: 'l',
  [Ev.Unlock]: 'u',
  [Ev.Notify]: 'm',
  [Ev.Stop]: 'o',
};

const KIND_OF_LETTER: ReadonlyMap<string, Ev> = new Map(
  Object.values(Ev).map((kind) => [KIND_LETTERS[kind], kind]),
);

/** What rows must agree in to be counted together. `cpu` counts only where there is no object. */
type Alike = {
  readonly object: ObjectId;
  readonly cpu: number;
  readonly kind: Ev;
  readonly nameId: number;
};

/** The id of the event in `row`. Walks the earlier rows of the same object. */
export function eventId(log: LogView, row: Row): string {
  assert(row < log.rows, `row ${row} is in the log`);
  const alike: Alike = {
    object: log.object(row),
    cpu: log.cpu(row),
    kind: log.kind(row),
    nameId: log.nameId(row),
  };
  let count = 0;
  for (const other of log.rowsOfObject(alike.object)) {
    if (other > row) break;
    if (isAlike(log, other, alike)) count++;
  }
  const id = `${placeText(log, alike)}~${whatText(alike.kind, log.name(row))}`;
  return count === 1 ? id : `${id}~${count}`;
}

/** The row that `id` names, or null when this log has no such event (or no longer, or not yet while it streams). */
export function rowOfEvent(log: LogView, id: string): Row | null {
  const [place, what, nth = '1', ...rest] = id.split('~');
  if (place === undefined || what === undefined || rest.length > 0) return null;
  const left = countOf(nth);
  const at = placeOfText(log, place);
  const said = whatOfText(what);
  if (left === null || at === null || said === null) return null;
  return nthAlike(log, { ...at, kind: said.kind, nameId: log.stringId(said.name) }, left);
}

/** How a link calls an object; not for "no object". */
export function objectIdText(log: LogView, object: ObjectId): string {
  assert(object !== NO_OBJECT && object < log.objectCount, `object ${object} is in the log`);
  const name = log.objectType(object);
  // A type called "cpu" would read as a CPU; its first letter is escaped instead.
  const type = name === 'cpu' ? '.x63pu' : escapeText(name, '_');
  const label = log.objectLabel(object);
  if (label === '') return `${type}.${log.objectOrdinal(object)}`;
  let count = 0;
  for (let o = 1; o <= object; o++) if (hasLabel(log, o, log.objectTypeId(object), label)) count++;
  const id = `${type}-${escapeText(label, '_-')}`;
  return count === 1 ? id : `${id}.${count}`;
}

/** The object that `text` names, or null when this log has none such. A labelled object answers to its ordinal too. */
export function objectOfText(log: LogView, text: string): ObjectId | null {
  const [, type, ordinal] = /^([^~-]*)\.([0-9]+)$/.exec(text) ?? [];
  if (type !== undefined) return byOrdinal(log, type, countOf(ordinal ?? ''));
  const [, labelledType, label, nth = '1'] = /^([^~-]*)-([^~]+?)(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (labelledType === undefined || label === undefined) return null;
  return byLabel(log, labelledType, unescapeText(label), countOf(nth));
}

function isAlike(log: LogView, row: number, a: Alike): boolean {
  return (
    log.nameId(row) === a.nameId &&
    log.kind(row) === a.kind &&
    (a.object !== NO_OBJECT || log.cpu(row) === a.cpu)
  );
}

function nthAlike(log: LogView, alike: Alike, nth: number): Row | null {
  let left = nth;
  for (const row of log.rowsOfObject(alike.object)) {
    if (isAlike(log, row, alike) && --left === 0) return row as Row;
  }
  return null;
}

function placeText(log: LogView, { object, cpu }: Alike): string {
  if (object !== NO_OBJECT) return objectIdText(log, object);
  return cpu === NO_CPU ? 'run' : `cpu.${cpu}`;
}

function placeOfText(log: LogView, text: string): Pick<Alike, 'object' | 'cpu'> | null {
  if (text === 'run') return { object: NO_OBJECT, cpu: NO_CPU };
  const cpu = /^cpu\.(0|[1-9][0-9]{0,4})$/.exec(text)?.[1];
  if (cpu !== undefined) return { object: NO_OBJECT, cpu: Number(cpu) };
  const object = objectOfText(log, text);
  return object === null ? null : { object, cpu: NO_CPU };
}

/** Looks like a kind's letter with or without a name; an Enter that would be read so gets its own letter. */
const LETTERED = /^([a-z])(?:-(.+))?$/;

function whatText(kind: Ev, name: string): string {
  const text = escapeText(name, '_-');
  if (kind === Ev.Enter && text !== '' && !LETTERED.test(text)) return text;
  return text === '' ? KIND_LETTERS[kind] : `${KIND_LETTERS[kind]}-${text}`;
}

function whatOfText(text: string): { kind: Ev; name: string } | null {
  const lettered = LETTERED.exec(text);
  const kind = lettered === null ? Ev.Enter : KIND_OF_LETTER.get(lettered[1] ?? '');
  const name = unescapeText(lettered === null ? text : (lettered[2] ?? ''));
  return kind === undefined || name === null ? null : { kind, name };
}

/** A count from 1 without leading zeros, so that an event has one id only. */
function countOf(text: string): number | null {
  return /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : null;
}

function byOrdinal(log: LogView, typeText: string, ordinal: number | null): ObjectId | null {
  const typeId = typeIdOf(log, typeText);
  for (let o = 1; o < log.objectCount; o++)
    if (log.objectTypeId(o) === typeId && log.objectOrdinal(o) === ordinal) return o as ObjectId;
  return null;
}

function byLabel(log: LogView, typeText: string, label: string | null, nth: number | null): ObjectId | null {
  const typeId = typeIdOf(log, typeText);
  if (label === null || nth === null) return null;
  let left = nth;
  for (let o = 1; o < log.objectCount; o++)
    if (hasLabel(log, o, typeId, label) && --left === 0) return o as ObjectId;
  return null;
}

/** String id of an escaped type, -1 when no object of this log can have it. */
function typeIdOf(log: LogView, typeText: string): number {
  const type = unescapeText(typeText);
  return type === null ? -1 : log.stringId(type);
}

function hasLabel(log: LogView, object: number, typeId: number, label: string): boolean {
  return log.objectTypeId(object) === typeId && log.objectLabel(object) === label;
}
