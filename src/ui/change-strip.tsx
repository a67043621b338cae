import { useMemo, type ReactNode } from 'react';
import { outcomeWord } from '../analysis/decisions.ts';
import { compare, comparisonSentence, type IoDifference } from '../analysis/compare.ts';
import { NO_ROW, type Row } from '../base/units.ts';
import { RULES } from '../kernel/catalogue.ts';
import { iosOfLog } from '../state/derived.ts';
import { selectFinished } from '../state/selectors.ts';
import { useApp, useVerbs } from './page.tsx';

/** After a change: which I/Os take another path, at which decision, with a link to it. */
export function ChangeStrip(): ReactNode {
  const recording = useApp(selectFinished);
  const previous = useApp((s) => s.previous);
  const changes = useMemo(
    () =>
      recording === null || previous === null || previous.version.opened !== recording.version.opened
        ? null
        : compare(iosOfLog(previous.log), iosOfLog(recording.log)),
    [recording, previous],
  );
  const { dismissChange } = useVerbs();
  if (changes === null || recording === null) return null;
  const [first] = changes.differences.filter((d) => d.pathA !== d.pathB);
  return (
    <div className="strip strip-change" role="status">
      <span>
        <strong>Against the run before</strong>: {comparisonSentence(changes)}.{' '}
        {first !== undefined && <FirstParting difference={first} />}
      </span>
      <button type="button" className="button button-link" onClick={dismissChange}>
        Dismiss
      </button>
    </div>
  );
}

/** Where the ways part first, in words, with a link there. */
function FirstParting({ difference }: { readonly difference: IoDifference }): ReactNode {
  const { moveCursor, select } = useVerbs();
  const { parting } = difference;
  if (parting === null) return null;
  const { row, outcome } = parting.b;
  const asks = RULES.get(parting.rule)?.asks ?? parting.rule;
  const said = (value: number | null): string =>
    value === null ? 'not asked' : outcomeWord(parting.rule, value);
  const go = (to: Row): void => {
    moveCursor(to);
    select(to);
  };
  return (
    <>
      {difference.name} parts at “{asks}”: was {said(parting.a.outcome)}, now {said(outcome)}.{' '}
      {row !== NO_ROW && (
        <button type="button" className="button button-link" onClick={() => go(row)}>
          Show the decision
        </button>
      )}
    </>
  );
}
