import { Fragment, useMemo, type ReactNode } from 'react';
import { outcomeWord } from '../analysis/decisions.ts';
import { compare, comparisonSentence, isSameEnd, type IoDifference } from '../analysis/compare.ts';
import type { Detour, Parting } from '../analysis/parting.ts';
import { outcomeChanges, outcomeOf } from '../analysis/outcome.ts';
import { distributionOf, PERCENTILES, totals } from '../analysis/statistics.ts';
import { NO_ROW, type Row } from '../base/units.ts';
import { RULES } from '../kernel/catalogue.ts';
import { findingsOfLog, iosOfLog } from '../state/derived.ts';
import { selectFinished } from '../state/selectors.ts';
import type { LogView } from '../log/view.ts';
import { findingsCount } from './findings-text.ts';
import { duration } from './format.ts';
import { RowLink } from './inspector/part.tsx';
import { useApp, useVerbs } from './page.tsx';

/** What the strip says of two runs: all of their I/Os are looked at for it, so once a change. */
function changesBetween(before: LogView, after: LogView) {
  const changes = compare(iosOfLog(before), iosOfLog(after));
  // Where an I/O ends elsewhere, that says more than other steps on the same path.
  const all = [...changes.differences, ...(changes.writeback?.differences ?? [])];
  const told = [...all.filter((d) => !isSameEnd(d)), ...all.filter(isSameEnd)];
  return {
    sentence: comparisonSentence(changes),
    median: medianChange(before, after),
    others: [...outcomeChanges(outcomeOf(before), outcomeOf(after)), ...findingsChange(before, after)],
    told,
  };
}

/** After a change: which I/Os take another path or other steps, at which decision, with a link to it. */
export function ChangeStrip(): ReactNode {
  const recording = useApp(selectFinished);
  const previous = useApp((s) => s.previous);
  const changes = useMemo(
    () =>
      recording === null || previous === null || previous.version.opened !== recording.version.opened
        ? null
        : changesBetween(previous.log, recording.log),
    [recording, previous],
  );
  const { dismissChange } = useVerbs();
  if (changes === null) return null;
  const { sentence, median, others, told } = changes;
  const [first] = told;
  return (
    <div className="strip strip-change" role="status">
      <span>
        <strong>Against the run before</strong>: {sentence}
        {median}
        {others.map((text) => `; ${text}`)}. {first !== undefined && <FirstPlace difference={first} />}
        <Jumps differences={told.slice(1)} />
      </span>
      <button type="button" className="button button-link" onClick={dismissChange}>
        Dismiss
      </button>
    </div>
  );
}

/** Monitors read a longer log in slices, when somebody looks at what they find. */
const READ_AT_ONCE_ROWS = 200_000;

/** "found: 1 warning, now nothing"; nothing where it is the same. */
function findingsChange(before: LogView, after: LogView): readonly string[] {
  if (Math.max(before.rows, after.rows) > READ_AT_ONCE_ROWS) return [];
  const [was, is] = [before, after].map((log) => findingsCount(findingsOfLog(log)));
  return was === is ? [] : [`found: ${was === '' ? 'nothing' : was}, now ${is === '' ? 'nothing' : is}`];
}

/** "; median 8.745 µs to 8.466 µs, −3 %"; '' where it is the same, or there is none. */
function medianChange(before: LogView, after: LogView): string {
  const a = medianOf(before);
  const b = medianOf(after);
  if (a === null || b === null || a === b) return '';
  const percent = Math.round((100 * (b - a)) / a);
  const sign = percent < 0 ? '−' : '+';
  return `; median ${duration(a)} to ${duration(b)}, ${percent === 0 ? 'below 1' : `${sign}${Math.abs(percent)}`} %`;
}

const medianOf = (log: LogView): number | null =>
  distributionOf(totals(iosOfLog(log)))?.percentiles_ns[PERCENTILES.indexOf(50)] ?? null;

/** More would hide the timeline. */
const MOST_JUMPS = 7;

/** Where an I/O parts from what it did before, in the run on screen; where only the run before has the question, the
 *  first event that differs. */
function placeOf({ parting, detour }: IoDifference): Row {
  return parting !== null && parting.b.row !== NO_ROW ? parting.b.row : (detour?.b.row ?? NO_ROW);
}

/** To where the other changed I/Os part. */
function Jumps({ differences }: { readonly differences: readonly IoDifference[] }): ReactNode {
  const known = differences.filter((d) => placeOf(d) !== NO_ROW);
  if (known.length === 0) return null;
  return (
    <>
      {' '}
      Also{' '}
      {known.slice(0, MOST_JUMPS).map((difference, i) => (
        <Fragment key={difference.name}>
          {i > 0 && ', '}
          <RowLink row={placeOf(difference)}>{difference.name}</RowLink>
        </Fragment>
      ))}
      {known.length > MOST_JUMPS && ` and ${known.length - MOST_JUMPS} more`}.
    </>
  );
}

/** Where the ways part first, in words, with a link there. */
function FirstPlace({ difference }: { readonly difference: IoDifference }): ReactNode {
  const { name, parting, detour } = difference;
  const row = placeOf(difference);
  return (
    <>
      {name}{' '}
      {parting !== null ? partingText(parting) : detour !== null ? detourText(detour) : 'ends otherwise'}
      {resultText(difference)}.{' '}
      {row !== NO_ROW && (
        <RowLink row={row}>
          {row === parting?.b.row ? 'Show the decision' : 'Show the first event that differs'}
        </RowLink>
      )}
    </>
  );
}

function partingText({ rule, a, b }: Parting): string {
  const asks = RULES.get(rule)?.asks ?? rule;
  const said = (value: number | null): string => (value === null ? 'not asked' : outcomeWord(rule, value));
  return `parts at “${asks}”: was ${said(a.outcome)}, now ${said(b.outcome)}`;
}

function detourText({ a, b }: Detour): string {
  if (b.name === '') return `no longer comes to ${a.name}`;
  return a.name === '' ? `goes on with ${b.name}` : `parts at ${b.name}: was ${a.name}, no decision turned`;
}

/** "; now it ends with -5". Results are bytes or a negative errno. */
function resultText({ resultA, resultB }: IoDifference): string {
  const failsNow = resultB < 0 && !Object.is(resultA, resultB);
  return failsNow ? `; now it fails with ${resultB}` : '';
}
