import { useMemo, type ReactNode } from 'react';
import { Band } from '../../analysis/bands.ts';
import { Piece } from '../../analysis/stacks.ts';
import type { Frame } from '../../analysis/state.ts';
import type { Row } from '../../base/units.ts';
import { FUNCTIONS } from '../../kernel/catalogue.ts';
import { NO_CPU } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { cpuStatesOfLog } from '../../state/derived.ts';
import { Kind, KINDS } from '../../timeline/theme.ts';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly cpu: number; readonly row: Row };

/** What the event's CPU is in the middle of, innermost first, as a kernel stack is printed. */
export function CallStack({ log, cpu, row }: Props): ReactNode {
  const state = useMemo(
    () => (cpu === NO_CPU ? null : (cpuStatesOfLog(log).at(row)[cpu] ?? null)),
    [log, cpu, row],
  );
  if (state === null) return null;
  const task = log.objectName(state.task);
  return (
    <Part title={`Calls on CPU ${cpu}`}>
      {state.frames.length === 0 ? (
        <p className="muted">No modelled function is running here.</p>
      ) : (
        <ol className="stack">
          {[...state.frames].reverse().map((frame) => (
            <li key={frame.row} title={FUNCTIONS.get(frame.name)?.file}>
              <KindTag kind={kindOf(frame, task)} />
              <RowLink row={frame.row}>
                <code>{frame.name}</code>
              </RowLink>
              <span className="muted">{log.objectName(frame.object)}</span>
            </li>
          ))}
        </ol>
      )}
      <p className="muted">task: {task === '' ? 'not known yet' : task}</p>
    </Part>
  );
}

/** The same colours and letters as in the timeline. */
function kindOf(frame: Frame, task: string): Kind {
  if (frame.band === Band.Hardirq) return Kind.HardIrq;
  if (frame.band === Band.Softirq) return Kind.SoftIrq;
  if (frame.piece === Piece.User) return Kind.User;
  return task.startsWith('kworker/') ? Kind.Worker : task.startsWith('swapper/') ? Kind.Idle : Kind.Task;
}

function KindTag({ kind }: { readonly kind: Kind }): ReactNode {
  const info = KINDS[kind];
  return (
    <span className={`kind kind-${info.key}`} title={info.label}>
      {info.tag}
    </span>
  );
}
