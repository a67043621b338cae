import { useMemo, type ReactNode } from 'react';
import { BAND_NAMES } from '../../analysis/bands.ts';
import type { Row } from '../../base/units.ts';
import { FUNCTIONS } from '../../kernel/catalogue.ts';
import { NO_CPU } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { cpuStatesOfLog } from '../../state/derived.ts';
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
              <span className={`kind kind-${BAND_KINDS[frame.band]}`} title={BAND_NAMES[frame.band]}>
                {BAND_TAGS[frame.band]}
              </span>
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

const BAND_TAGS = ['HI', 'SI', 'TK'] as const;
const BAND_KINDS = ['hardirq', 'softirq', 'task'] as const;
