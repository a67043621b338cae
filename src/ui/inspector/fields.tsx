import { useState, type ReactNode } from 'react';
import { fieldText } from '../../analysis/fields.ts';
import { existsAt, fieldsAt, type FieldState } from '../../analysis/state.ts';
import { NO_OBJECT, type ObjectId, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { iosOfLog } from '../../state/derived.ts';

import { selectIsGrowing } from '../../state/selectors.ts';
import { Breakable } from '../breakable.tsx';
import { useApp } from '../page.tsx';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly object: ObjectId; readonly cursor: Row };

/** The fields of the event's object, or of another one of its family, as they stand at the cursor. */
export function Fields({ log, object, cursor }: Props): ReactNode {
  const [wanted, setWanted] = useState<ObjectId>(NO_OBJECT);
  const isGrowing = useApp(selectIsGrowing);
  if (object === NO_OBJECT || isGrowing) return null;
  const family = familyOf(log, object);
  const shown = family.includes(wanted) ? wanted : object;
  return (
    <Part title="Fields">
      {family.length > 1 && (
        <label className="field field-choice">
          <span>Object</span>
          <select value={shown} onChange={(event) => setWanted(Number(event.target.value) as ObjectId)}>
            {family.map((id) => (
              <option key={id} value={id}>
                {log.objectType(id)}{' '}
                {log.objectLabel(id) === '' ? log.objectOrdinal(id) : log.objectLabel(id)}
              </option>
            ))}
          </select>
        </label>
      )}
      <FieldTable log={log} object={shown} cursor={cursor} />
    </Part>
  );
}

/** The I/O's objects; of an object without I/O only its own ancestors. */
function familyOf(log: LogView, object: ObjectId): readonly ObjectId[] {
  const ios = iosOfLog(log);
  const io = ios.ofObject(object);
  if (io >= 0) return Array.from(ios.family(io), (id) => id as ObjectId);
  const parent = log.objectParent(object);
  return parent === NO_OBJECT ? [object] : [parent, object];
}

function FieldTable({ log, object, cursor }: Props): ReactNode {
  const fields = fieldsAt(log, object, cursor);
  if (!existsAt(log, object, cursor))
    return <p className="muted">At the cursor this object does not exist: not yet, or no longer.</p>;
  if (fields.length === 0) return <p className="muted">No field of it has been written so far.</p>;
  return (
    <table className="fields">
      <thead className="unseen">
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <FieldRow key={field.name} log={log} object={object} field={field} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { readonly log: LogView; readonly object: ObjectId; readonly field: FieldState };

/** Changed by the event at the cursor: marked, with the value before. */
function FieldRow({ log, object, field }: RowProps): ReactNode {
  const before =
    field.changed && field.previous !== null ? fieldText(log, object, field.name, field.previous) : null;
  const value = fieldText(log, object, field.name, field.value);
  return (
    <tr data-changed={field.changed || undefined}>
      <th scope="row" className="mono">
        <RowLink row={field.row}>
          <Breakable text={field.name} />
        </RowLink>
      </th>
      <td className="mono">
        {before !== null && (
          <>
            <del>{before}</del>{' '}
          </>
        )}
        {field.changed ? (
          <ins>
            <Breakable text={value} />
          </ins>
        ) : (
          <Breakable text={value} />
        )}
      </td>
    </tr>
  );
}
