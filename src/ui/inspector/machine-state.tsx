import { useMemo, type ReactNode } from 'react';
import type { ObjectId, Row } from '../../base/units.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import type { LogView } from '../../log/view.ts';
import { cpuStatesOfLog, placesOfLog } from '../../state/derived.ts';
import { counted } from '../../timeline/format.ts';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly cursor: Row };

/** The whole machine at the cursor: what each busy CPU does, and what waits where. */
export function MachineState({ log, cursor }: Props): ReactNode {
  return (
    <Part title="The machine at the cursor">
      <Cpus log={log} cursor={cursor} />
      <Places log={log} cursor={cursor} />
    </Part>
  );
}

function Cpus({ log, cursor }: Props): ReactNode {
  const cpus = useMemo(() => cpuStatesOfLog(log).at(cursor), [log, cursor]);
  const busy = cpus.filter(({ task, frames }) => frames.length > 0 || !isIdle(log.objectLabel(task)));
  const idle = cpus.length - busy.length;
  return (
    <>
      <table className="fields cpus">
        <thead className="unseen">
          <tr>
            <th scope="col">CPU</th>
            <th scope="col">Flags</th>
            <th scope="col">Runs</th>
          </tr>
        </thead>
        <tbody>
          {busy.map(({ cpu, task, context, frames }) => (
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
      {idle > 0 && <p className="muted">{idle === 1 ? 'One CPU is idle.' : `${idle} CPUs are idle.`}</p>}
    </>
  );
}

const isIdle = (label: string): boolean => label === '' || label.startsWith('swapper/');

/** More than this are counted, not listed. */
const MOST_ITEMS = 8;

function Places({ log, cursor }: Props): ReactNode {
  const places = placesOfLog(log);
  const all = places.all();
  const filled = all.filter((place) => places.depthAt(place, cursor) > 0);
  return (
    <>
      <ul className="places">
        {filled.map((place) => (
          <Place key={place} log={log} place={place} cursor={cursor} />
        ))}
      </ul>
      {filled.length < all.length && (
        <p className="muted">
          {filled.length === 0
            ? 'Nothing waits anywhere.'
            : `Empty: ${counted(all.length - filled.length, 'other place')}.`}
        </p>
      )}
    </>
  );
}

function Place({ log, place, cursor }: Props & { readonly place: ObjectId }): ReactNode {
  const waiting = placesOfLog(log).contentsAt(place, cursor);
  return (
    <li>
      <strong>{log.objectName(place)}</strong>: {waiting.length}
      <ul className="waiting">
        {waiting.slice(0, MOST_ITEMS).map(({ item, put }) => (
          <li key={put}>
            <RowLink row={put}>{log.objectName(item)}</RowLink>
          </li>
        ))}
      </ul>
      {waiting.length > MOST_ITEMS && <p className="muted">and {waiting.length - MOST_ITEMS} more</p>}
    </li>
  );
}
