import { NO_ROW } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { bitOf, hasBit } from './fields.ts';
import type { IoTable } from './io.ts';
import { objectAbove, objectsOfType, rowsNamed, rowsOfKind, valueAt } from './monitor.ts';
import { BATCH_TYPE, HAND_OVERS, WbMoment } from './writeback-moments.ts';
import { writebacksOf } from './writeback.ts';

// What of writeback can be a link of a chain of waits: locks and writeback of folios, bios on their lists, work items.

/** Adds one wait; see `Wait`. */
export type AddWait = (from: number, to: number, row: number, words: string) => void;
/** The task on the CPU of a row. */
export type TaskAt = (row: number) => number;

/** A folio stands for its lock; whoever waits for the end of its writeback waits for another node. */
export const writebackNode = (folio: number): number => -folio;

/** Name of the sleep of `folio_wait_writeback()`. */
export const WAITS_FOR_WRITEBACK = 'the end of writeback of a folio';

const LOCKED = bitOf('folio.flags', 'PG_locked');
const WRITEBACK = bitOf('folio.flags', 'PG_writeback');
const LISTS: ReadonlySet<string> = new Set(HAND_OVERS.map(({ type }) => type));

export function addWriteback(log: LogView, ios: IoTable, add: AddWait, taskAt: TaskAt): void {
  addFolios(log, add, taskAt);
  addBios(log, ios, add, taskAt);
  addPlugs(log, ios, add, taskAt);
  addWork(log, add, taskAt);
  addHotplug(log, add, taskAt);
}

/** A folio's lock waits for whoever has it. */
function addFolios(log: LogView, add: AddWait, taskAt: TaskAt): void {
  const locked = new Map<number, number>(); // row, by folio
  for (const row of rowsNamed(log, Ev.Set, 'flags')) {
    const folio = log.object(row);
    if (!hasBit(log.value(row), LOCKED)) locked.delete(folio);
    else if (!locked.has(folio) && log.objectType(folio) === 'folio') locked.set(folio, row);
  }
  for (const [folio, row] of locked) {
    const holder = taskAt(row);
    add(folio, holder, row, `${log.objectName(folio)} is locked by ${log.objectName(holder)}`);
  }
}

/** Writeback of a folio ends with its bio, and that with the worker of the list that it is on, or that took it. */
function addBios(log: LogView, ios: IoTable, add: AddWait, taskAt: TaskAt): void {
  const moves = new Map<number, number>(); // the last Put or Take, by bio
  for (const row of rowsOfKinds(log, Ev.Put, Ev.Take))
    if (LISTS.has(log.objectType(log.value(row)))) moves.set(bioOf(log, log.object(row)), row);
  const table = writebacksOf(ios);
  for (let i = 0; i < table.count; i++) {
    if (table.row(i, WbMoment.Ended) !== NO_ROW) continue;
    const bio = table.topObject(i);
    const made = table.row(i, WbMoment.Made);
    for (const folio of table.folios(i)) {
      const words = `writeback of ${log.objectName(folio)} ends with ${log.objectName(bio)}`;
      const flags = valueAt(log, folio, 'flags', log.rows);
      if (hasBit(flags, WRITEBACK)) add(writebackNode(folio), bio, made, words);
    }
    addPlace(log, bio, moves.get(bio), add, taskAt);
    const filler = log.objectParent(bio);
    if (table.row(i, WbMoment.Queued) === NO_ROW)
      add(bio, filler, made, `${log.objectName(bio)} is still being filled by ${log.objectName(filler)}`);
  }
}

/** A request that is not issued yet is in a plug: it depends on whoever made it. */
function addPlugs(log: LogView, ios: IoTable, add: AddWait, taskAt: TaskAt): void {
  const held = new Map<number, number>(); // row, by request
  for (const row of rowsNamed(log, Ev.New, 'request')) held.set(log.object(row), row);
  for (const row of rowsNamed(log, Ev.Trace, 'block_rq_issue')) held.delete(log.object(row));
  if (held.size > 0) for (const row of rowsOfKind(log, Ev.Free)) held.delete(log.object(row));
  for (const [request, row] of held) {
    const io = ios.ofObject(request);
    const task = taskAt(row);
    if (io < 0) continue;
    const of = ios.topObject(io);
    const words = `a request of ${log.objectName(of)} is held back by ${log.objectName(task)}, who has not issued it`;
    add(of, task, row, words);
  }
}

/** Where a bio waits, or who has taken it from there. */
function addPlace(log: LogView, bio: number, move: number | undefined, add: AddWait, taskAt: TaskAt): void {
  if (move === undefined) return;
  const name = log.objectName(bio);
  const to = log.kind(move) === Ev.Put ? log.value(move) : taskAt(move);
  const how =
    log.kind(move) === Ev.Put ? `waits in ${placeText(log, to)}` : `is being ended by ${log.objectName(to)}`;
  add(bio, to, move, `${name} ${how}`);
}

/** The bio that an ioend is part of; ext4's io_end is one by itself. */
const bioOf = (log: LogView, item: number): number => objectAbove(log, item, 'bio') || item;

const placeText = (log: LogView, place: number): string =>
  log.objectType(place) === BATCH_TYPE
    ? `the batch of ${log.objectName(place)}`
    : `${log.objectType(place)} ${log.objectName(place)}`;

/** A list and a work item wait for the task that executes it; who flushes the item waits for that. */
function addWork(log: LogView, add: AddWait, taskAt: TaskAt): void {
  const executed = new Map<number, number>(); // row of its start, by work item
  for (const row of rowsOfKinds(log, Ev.Trace))
    if (log.name(row) === 'workqueue_execute_start') executed.set(log.object(row), row);
    else if (log.name(row) === 'workqueue_execute_end') executed.delete(log.object(row));
  for (const [work, row] of executed) {
    const task = taskAt(row);
    const who = log.objectName(task);
    add(work, task, row, `${log.objectName(work)} is executed by ${who}`);
    const place = placeAbove(log, work);
    add(place, task, row, `${placeText(log, place)} is emptied by ${who}`);
  }
  for (const row of openCalls(log, '__flush_work')) {
    const work = log.object(row);
    const task = taskAt(row);
    add(task, work, row, `${log.objectName(task)} waits until ${log.objectName(work)} has been executed`);
  }
}

/** The list that a work item empties; 0 for none. */
function placeAbove(log: LogView, work: number): number {
  let at = work;
  while (at !== 0 && !LISTS.has(log.objectType(at))) at = log.objectParent(at);
  return at;
}

/** A batch whose work item is disabled is emptied by whoever takes its CPU down, once it is dead; that task waits for the
 *  CPU's own thread. */
function addHotplug(log: LogView, add: AddWait, taskAt: TaskAt): void {
  for (const row of openCalls(log, '_cpu_down')) {
    const state = log.object(row);
    const cpu = /\d+$/.exec(log.objectLabel(state))?.[0] ?? '';
    const task = taskAt(row);
    const thread = named(log, 'task_struct', `cpuhp/${cpu}`);
    add(state, thread, row, `${log.objectName(state)} is taken down by ${log.objectName(thread)}`);
    const batch = named(log, BATCH_TYPE, `cpu ${cpu}`);
    const work = objectsOfType(log, 'work_struct').find((o) => placeAbove(log, o) === batch) ?? 0;
    if (batch !== 0 && work !== 0 && valueAt(log, work, 'disable', log.rows) > 0)
      add(
        batch,
        task,
        row,
        `the worker of the batch of cpu ${cpu} is disabled, so that ${log.objectName(task)} empties it, once the CPU is dead`,
      );
  }
}

const named = (log: LogView, type: string, label: string): number =>
  objectsOfType(log, type).find((object) => log.objectLabel(object) === label) ?? 0;

/** Calls of a function that have not returned: rows of Enter. */
function openCalls(log: LogView, name: string): number[] {
  const open = new Set(rowsNamed(log, Ev.Enter, name));
  for (const row of rowsNamed(log, Ev.Exit, name)) open.delete(log.prev(row));
  return [...open];
}

/** Rows of some kinds, ascending. */
function rowsOfKinds(log: LogView, ...kinds: readonly Ev[]): number[] {
  return kinds.flatMap((kind) => [...rowsOfKind(log, kind)]).sort((a, b) => a - b);
}
