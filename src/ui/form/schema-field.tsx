import { useEffect, useEffectEvent, useId, useState, type ReactNode } from 'react';
import type * as v from 'valibot';
import type { ScenarioProblem } from '../../scenario/parse.ts';
import { describeField, type FieldSpec } from './describe.ts';

type FieldProps = {
  readonly schema: v.GenericSchema;
  readonly value: unknown;
  /** What is wrong with the value that was tried last; null when it was taken. */
  readonly problem: ScenarioProblem | null;
  /** Why the field makes no difference now; null when it does. */
  readonly note?: string | null;
  /** Its place in the scenario, dotted, where a problem may be another field's. */
  readonly field?: string;
  readonly onChange: (value: unknown) => void;
  /** Instead of the schema's title, where a page wants another name. */
  readonly label?: string;
  /** What an empty number field stands for; without it a number must be there. */
  readonly absent?: string;
};

type ControlProps = FieldProps & {
  readonly spec: FieldSpec;
  readonly id: string;
  readonly describedBy: string;
};

/** One field of a scenario: label, control, unit, range, help and problem, all from the schema. */
export function SchemaField(props: FieldProps): ReactNode {
  const id = useId();
  const spec = describeField(props.schema);
  const label = props.label ?? spec.title;
  const { problem } = props;
  const describedBy = problem === null ? `${id}-help` : `${id}-help ${id}-problem`;
  return (
    <div className={`field field-${spec.input.kind}`} data-invalid={problem !== null || undefined}>
      <label htmlFor={id} title={spec.help}>
        {label}
      </label>
      <span className="field-control">
        <Control {...props} spec={spec} id={id} describedBy={describedBy} />
        {spec.unit !== '' && <span className="field-unit">{spec.unit}</span>}
      </span>
      <FieldHelp id={`${id}-help`} spec={spec} />
      {typeof props.note === 'string' && <p className="field-note">{props.note}</p>}
      {problem !== null && (
        <p className="field-problem" id={`${id}-problem`} role="alert">
          {problemText(label, problem, props.field)}
        </p>
      )}
    </div>
  );
}

function FieldHelp({ id, spec }: { readonly id: string; readonly spec: FieldSpec }): ReactNode {
  const { input } = spec;
  const range =
    input.kind === 'int' ? ` ${input.min.toLocaleString('en')} to ${input.max.toLocaleString('en')}.` : '';
  return (
    <p className="field-help" id={id}>
      {spec.help}
      {range !== '' && <span className="field-range">{range}</span>}
    </p>
  );
}

function Control(props: ControlProps): ReactNode {
  switch (props.spec.input.kind) {
    case 'flag':
      return <FlagControl {...props} />;
    case 'choice':
      return <ChoiceControl {...props} options={props.spec.input.options} />;
    case 'int':
    case 'text':
      return <TypedControl {...props} isNumber={props.spec.input.kind === 'int'} />;
    case 'other':
      return <output id={props.id}>{JSON.stringify(props.value)}</output>;
  }
}

function FlagControl({ id, describedBy, value, onChange }: ControlProps): ReactNode {
  return (
    <input
      type="checkbox"
      className="switch"
      id={id}
      aria-describedby={describedBy}
      checked={value === true}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}

function ChoiceControl(
  props: ControlProps & { readonly options: readonly (string | number | boolean)[] },
): ReactNode {
  const { id, describedBy, value, options, onChange } = props;
  return (
    <select
      id={id}
      aria-describedby={describedBy}
      value={String(value)}
      onChange={(event) => onChange(options.find((option) => String(option) === event.target.value))}
    >
      {options.map((option) => (
        <option key={String(option)}>{String(option)}</option>
      ))}
    </select>
  );
}

/** Rest after the last key before a typed value is tried; Enter and leaving the field try it at once. */
const REST_MS = 400;

/** What is typed into a field that had the value `of`; once tried, it is not tried again by itself. */
type Draft = { readonly text: string; readonly of: unknown; readonly tried: boolean };

/** A number or a text. What is typed stays a draft until it rests, so that "12" on the way to "128" is no run. A draft
 *  that was refused stays with its problem; any other change of the field's value drops it. */
function TypedControl(props: ControlProps & { readonly isNumber: boolean }): ReactNode {
  const { id, describedBy, value, problem, isNumber, absent, onChange } = props;
  const shown = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const [draft, setDraft] = useState<Draft | null>(null);
  const [focused, setFocused] = useState(false);
  const isShown = draft !== null && draft.of === value && (draft.tried ? problem !== null : focused);
  const text = isShown ? draft.text : null;
  const tryDraft = (): void => {
    if (draft === null || draft.tried) return;
    setDraft(draft.of === value && draft.text !== shown ? { ...draft, tried: true } : null);
    if (draft.of === value && draft.text !== shown)
      onChange(isNumber ? numberOf(draft.text, absent !== undefined) : draft.text);
  };
  const tryAfterRest = useEffectEvent(tryDraft);
  useEffect(() => {
    if (draft === null || draft.tried) return;
    const timer = setTimeout(tryAfterRest, REST_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return (
    <input
      id={id}
      type="text"
      inputMode={isNumber ? 'numeric' : 'text'}
      autoComplete="off"
      spellCheck={false}
      placeholder={absent}
      aria-describedby={describedBy}
      aria-invalid={problem !== null || undefined}
      value={text ?? shown}
      onChange={(event) => setDraft({ text: event.target.value, of: value, tried: false })}
      onFocus={() => setFocused(true)}
      onBlur={() => {
        tryDraft();
        setFocused(false);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tryDraft();
        if (event.key === 'Escape' && text !== null) {
          event.stopPropagation();
          setDraft(null);
        }
      }}
    />
  );
}

/** What was typed as a number; a text that is none goes to the schema as it is, which then says so. */
function numberOf(text: string, mayBeAbsent: boolean): number | string | undefined {
  const plain = text.trim().replaceAll(/[_,\s]/g, '');
  if (plain === '') return mayBeAbsent ? undefined : text;
  const number = Number(plain);
  return Number.isNaN(number) ? text : number;
}

/** "iodepth 0 is not in 1 to 4096."; with its last name where it is the problem of another field. */
export function problemText(label: string, problem: ScenarioProblem, field = problem.field): string {
  const who = problem.field === field ? label : `Not changed: ${problem.field.split('.').at(-1) ?? ''}`;
  return `${who} ${problem.value} ${problem.message}.`.replace('  ', ' ');
}
