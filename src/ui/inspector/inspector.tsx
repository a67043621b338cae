import type { ReactNode } from 'react';
import { NO_ROW, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { useApp } from '../page.tsx';
import { CallStack } from './call-stack.tsx';
import { Causes, Effects } from './causes.tsx';
import { Decision } from './decision.tsx';
import { EventSummary } from './event-summary.tsx';
import { Fields } from './fields.tsx';
import { Hazards } from './hazards.tsx';
import { IoSummary } from './io-summary.tsx';
import { MachineState } from './machine-state.tsx';

/** Everything about the selected event, or else the event at the cursor, as things stand at the cursor. */
export function Inspector(): ReactNode {
  const recording = useApp((s) => s.recording);
  const cursor = useApp((s) => s.cursor);
  const selection = useApp((s) => s.selection);
  const rows = useApp((s) => s.rows);
  const row = selection ?? cursor;
  return (
    <section className="panel-inspector inspector" aria-label="Details" data-region="state" tabIndex={-1}>
      {recording === null || row === NO_ROW || row >= rows || cursor >= rows ? (
        <p className="empty">
          Details of an event come here. Step with the arrow keys, or click an event in the timeline.
        </p>
      ) : (
        <Details log={recording.log} row={row} cursor={cursor} />
      )}
    </section>
  );
}

type Props = { readonly log: LogView; readonly row: Row; readonly cursor: Row };

function Details({ log, row, cursor }: Props): ReactNode {
  return (
    <>
      <EventSummary log={log} row={row} cursor={cursor} />
      <Hazards row={row} />
      <Decision log={log} row={row} />
      <Causes log={log} row={row} />
      <Effects log={log} row={row} />
      <Fields log={log} object={log.object(row)} cursor={cursor} />
      <CallStack log={log} cpu={log.cpu(row)} row={row} />
      <IoSummary log={log} cursor={cursor} />
      <MachineState log={log} cursor={cursor} />
    </>
  );
}
