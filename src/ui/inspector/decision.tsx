import type { ReactNode } from 'react';
import { inputsOf, inputText, outcomeText } from '../../analysis/decisions.ts';
import { decisionBefore } from '../../analysis/journey.ts';
import { NO_ROW, type Row } from '../../base/units.ts';
import { RULES } from '../../kernel/catalogue.ts';
import { Ev } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { Part, RowLink } from './part.tsx';

type Rule = NonNullable<ReturnType<typeof RULES.get>>;

/** The decision in an event, or the one that let it come about: what was asked, of what, and where that is written. */
export function Decision({ log, row }: { readonly log: LogView; readonly row: Row }): ReactNode {
  const isOwn = log.kind(row) === Ev.Decide;
  const isInput = log.kind(row) === Ev.Input;
  const decision = isOwn ? row : isInput ? log.prev(row) : decisionBefore(log, row);
  if (decision === NO_ROW) return null;
  const id = log.name(decision);
  const rule = RULES.get(id);
  const inputs = inputsOf(log, decision);
  return (
    <Part title={isOwn || isInput ? 'Decision' : 'Decided just before'}>
      <div className="decision">
        <p className="decision-asks">{rule?.asks ?? id}</p>
        <p className="decision-outcome">
          <strong>{outcomeText(id, log.value(decision))}</strong>
          {!isOwn && (
            <>
              {' '}
              <RowLink row={decision}>go to the decision</RowLink>
            </>
          )}
        </p>
        {rule !== undefined && <code className="decision-test">{rule.test}</code>}
        {inputs.length > 0 && (
          <dl className="facts">
            {inputs.map(({ name, value }) => (
              <div key={name}>
                <dt className="mono">{name}</dt>
                <dd className="mono">{inputText(name, value)}</dd>
              </div>
            ))}
          </dl>
        )}
        {rule !== undefined && <RuleSource rule={rule} />}
      </div>
    </Part>
  );
}

function RuleSource({ rule }: { readonly rule: Rule }): ReactNode {
  const { source, tag } = rule;
  return (
    <p className="decision-source">
      <span className="badge">{tag}</span>{' '}
      <code>{source.kind === 'code' ? source.file : source.kind === 'mail' ? source.id : source.name}</code>
      {source.kind === 'code' && source.commit !== undefined && (
        <>
          , commit <code>{source.commit}</code>
        </>
      )}
      {source.note !== undefined && <span>: {source.note}</span>}
    </p>
  );
}
