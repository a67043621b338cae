import type { LogView } from '../log/view.ts';
import type { IoTable } from './io.ts';
import { type Finding, type Monitor, SEVERITIES } from './monitor.ts';
import {
  bioEndsOnce,
  dioCompletesOnce,
  notifiedOnce,
  polledWhere,
  completesOnSubmitter,
  invalidatesInTask,
  polledInVain,
  neverPolled,
} from './monitors-io.ts';
import { cqeByOwner, errorsEndInTask, handBackOnlyReports, pollsOwnWork } from './monitors-context.ts';
import {
  extentsStay,
  handBackHonoured,
  iopollCompletes,
  noWaitCycle,
  workqueueExists,
} from './monitors-deadlock.ts';
import {
  completionOrder,
  dioReferences,
  noStalePages,
  pollsOneBio,
  privateCleared,
  waiterIsWoken,
} from './monitors-dio.ts';
import {
  dsyncInHiddenCache,
  dsyncStable,
  syncsInTask,
  syncsOutsidePollLoop,
  writeThroughKept,
} from './monitors-sync.ts';
import {
  batchOrder,
  batchWait,
  deferralBypassed,
  deferredOnce,
  handlerInAtomic,
  needlessDeferral,
  splitNotFlagged,
  strandedInBatch,
  twoHops,
} from './monitors-batch.ts';
import {
  cachedBefore,
  dropInAtomic,
  droppedWhileUsed,
  folioKept,
  stillInWriteback,
} from './monitors-dropbehind.ts';
import { errorLost, errorToldTwice } from './monitors-error.ts';
import { batchElsewhere, parkedDuringHotplug } from './monitors-hotplug.ts';
import { lockInInterrupt } from './monitors-lock.ts';
import { longIrq, workerNeverYields } from './monitors-time.ts';
import { finishesInTask, notMerged, oneWorkerAnInode } from './monitors-writeback.ts';
import { engineHazards, timeRunsForward, everyEventHasACause, callsMatch } from './monitors-log.ts';

/** All monitors, those about I/Os first. */
export const MONITORS: readonly Monitor[] = [
  bioEndsOnce,
  dioCompletesOnce,
  notifiedOnce,
  engineHazards,
  timeRunsForward,
  everyEventHasACause,
  callsMatch,
  polledWhere,
  completesOnSubmitter,
  invalidatesInTask,
  polledInVain,
  neverPolled,
  syncsInTask,
  syncsOutsidePollLoop,
  dsyncStable,
  dsyncInHiddenCache,
  writeThroughKept,
  handBackOnlyReports,
  errorsEndInTask,
  cqeByOwner,
  pollsOwnWork,
  noWaitCycle,
  handBackHonoured,
  workqueueExists,
  iopollCompletes,
  extentsStay,
  dioReferences,
  completionOrder,
  waiterIsWoken,
  privateCleared,
  pollsOneBio,
  noStalePages,
  handlerInAtomic,
  deferralBypassed,
  splitNotFlagged,
  needlessDeferral,
  deferredOnce,
  batchOrder,
  strandedInBatch,
  twoHops,
  batchWait,
  parkedDuringHotplug,
  batchElsewhere,
  workerNeverYields,
  longIrq,
  stillInWriteback,
  folioKept,
  droppedWhileUsed,
  cachedBefore,
  dropInAtomic,
  errorLost,
  errorToldTwice,
  finishesInTask,
  oneWorkerAnInode,
  notMerged,
  lockInInterrupt,
];

/** Everything that the monitors have to say, the gravest first and then by row. */
export function findingsOf(log: LogView, ios: IoTable): Finding[] {
  return MONITORS.flatMap((m) => m.check(log, ios)).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.row - b.row,
  );
}
