import { useMemo, type ReactNode } from 'react';
import type { ObjectId, Row } from '../../base/units.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import type { LogView } from '../../log/view.ts';
import { cpuStatesOfLog, placesOfLog } from '../../state/derived.ts';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly cursor: Row };

/** The whole machine at the cursor: what each CPU does, and what waits where. */
export function MachineState({ log, cursor }: Props): ReactNode {
  const cpus = useMemo(() => cpuStatesOfLog(log).at(cursor), [log, cursor]);
  const places = placesOfLog(log);
  return (
    <Part title="The machine at the cursor">
      <table className="fields">
        <thead className="unseen">
          <tr>
            <th scope="col">CPU</th>
            <th scope="col">Flags</th>
            <th scope="col">Runs</th>
          </tr>
        </thead>
        <tbody>
          {cpus.map(({ cpu, task, context, frames }) => (
            <tr key={cpu}>
              <th scope="row">CPU {cpu}</th>
              <td className="mono" title={contextWords(context)}>
                {contextFlags(context)}
              </td>
              <td>
                {log.objectName(task)}
                {frames.length > 0 && <code> {frames.at(-1)?.name}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="places">
        {places.all().map((place) => (
          <Place key={place} log={log} place={place} cursor={cursor} />
        ))}
      </ul>
    </Part>
  );
}

/** More than this are counted, not listed. */
const MOST_ITEMS = 8;

function Place({ log, place, cursor }: Props & { readonly place: ObjectId }): ReactNode {
  const waiting = placesOfLog(log).contentsAt(place, cursor);
  return (
    <li>
      <strong>{log.objectName(place)}</strong>:{' '}
      {waiting.length === 0 ? <span className="muted">empty</span> : waiting.length}
      {waiting.length > 0 && (
        <ul className="waiting">
          {waiting.slice(0, MOST_ITEMS).map(({ item, put }) => (
            <li key={put}>
              <RowLink row={put}>{log.objectName(item)}</RowLink>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
