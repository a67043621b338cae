import { useId, type ReactNode } from 'react';
import { LISTED, SHORTCUTS, type ShortcutId } from '../../state/shortcuts.ts';
import { problemText } from '../form/schema-field.tsx';
import { useApp, useVerbs } from '../page.tsx';
import { problemAt } from './fields.tsx';

/** One control for what takes several fields of the scenario. */
export function Shortcut({ id }: { readonly id: ShortcutId }): ReactNode {
  const { title, help, get, options } = SHORTCUTS[id];
  const value = useApp((s) => get(s.version.scenario));
  const scenario = useApp((s) => s.version.scenario);
  const problem = useApp((s) => problemAt(s, id));
  const { take } = useVerbs();
  const html = useId();
  const choices = options?.(scenario);
  const describedBy = `${html}-help`;
  return (
    <div className={`field ${choices === undefined ? 'field-flag' : 'field-choice'}`}>
      <label htmlFor={html} title={help}>
        {title}
      </label>
      <span className="field-control">
        {choices === undefined ? (
          <input
            type="checkbox"
            className="switch"
            id={html}
            aria-describedby={describedBy}
            checked={value === true}
            onChange={(event) => take(id, event.target.checked)}
          />
        ) : (
          <select
            id={html}
            aria-describedby={describedBy}
            value={String(value)}
            disabled={choices.length === 0}
            onChange={(event) => take(id, event.target.value)}
          >
            {choices.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
            {!choices.some((choice) => choice === value) && (
              <option disabled>{value === LISTED ? LISTED : String(value)}</option>
            )}
          </select>
        )}
      </span>
      <p className="field-help" id={describedBy}>
        {help}
      </p>
      {problem !== null && (
        <p className="field-problem" role="alert">
          {problemText(title, problem, id)}
        </p>
      )}
    </div>
  );
}
