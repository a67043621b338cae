/** What a kind of table adds to its rows: how a row becomes a scenario, and how the outcomes are read off its log. */
import type { LogView } from '../log/view.ts';
import type { Scenario, ScenarioInput } from '../scenario/schema.ts';
import { DIO_COLUMNS, DIO_SAME_IN_RECORDINGS } from './dio-columns.ts';
import { readDio } from './dio-reading.ts';
import { dioScenario } from './dio-scenario.ts';
import { switchesOf } from '../kernel/kernels.ts';
import type { Choice, Columns, TableRow } from './table.ts';
import { WB_COLUMNS } from './writeback-columns.ts';
import { readWriteback } from './writeback-reading.ts';
import { writebackScenario } from './writeback-scenario.ts';

/** What was seen in a run: the outcomes, and those conditions that can be seen, too. */
export type Reading = {
  readonly outcomes: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
};

export type TableKind = {
  readonly id: string;
  readonly title: string;
  readonly columns: Columns;
  /** Values of outcomes that a recording cannot tell apart. */
  readonly sameInRecordings: Readonly<Record<string, readonly string[]>>;
  /** A scenario that meets the conditions. */
  readonly scenario: (row: TableRow, choice: Choice) => ScenarioInput;
  /** What its log says, or a sentence that says why nothing can be read. */
  readonly read: (log: LogView, scenario: Scenario, choice: Choice) => Reading | string;
};

const DIO: TableKind = {
  id: 'dio',
  title: 'completion of a direct I/O',
  columns: DIO_COLUMNS,
  sameInRecordings: DIO_SAME_IN_RECORDINGS,
  scenario: dioScenario,
  read: (log, { kernel }) => readDio(log, switchesOf(kernel.name, kernel.switches)),
};

const WRITEBACK: TableKind = {
  id: 'writeback',
  title: 'completion of buffered writeback',
  columns: WB_COLUMNS,
  sameInRecordings: {},
  scenario: writebackScenario,
  read: (log, _scenario, choice) => readWriteback(log, choice),
};

/** Every kind; they know their tables by the columns. */
export const TABLE_KINDS: readonly [TableKind, ...TableKind[]] = [DIO, WRITEBACK];
