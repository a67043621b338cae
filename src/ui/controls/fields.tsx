import type { ReactNode } from 'react';
import type * as v from 'valibot';
import type { Path } from '../../state/edits.ts';
import { idleField } from '../../state/no-effect.ts';
import type { ScenarioProblem } from '../../scenario/parse.ts';
import type { AppState } from '../../state/app-state.ts';
import { SchemaField } from '../form/schema-field.tsx';
import { useApp, useVerbs } from '../page.tsx';

/** What is wrong with a field, or with another one because of what was tried with this. */
export function problemAt(s: AppState, field: string): ScenarioProblem | null {
  const own = s.problems.find((p) => p.field === field);
  return own ?? (s.refused === field ? (s.problems[0] ?? null) : null);
}

type FieldsProps = {
  readonly schema: { readonly entries: Readonly<Record<string, v.GenericSchema>> };
  readonly path: Path;
  readonly names: readonly string[];
  readonly absent?: string;
};

/** Some fields of one object of the scenario. */
export function Fields({ schema, path, names, absent }: FieldsProps): ReactNode {
  const owner = useApp((s) =>
    path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], s.version.scenario),
  );
  return names.map((name) => {
    const field = schema.entries[name];
    if (field === undefined) return null;
    const value = (owner as Readonly<Record<string, unknown>>)[name];
    return <Field key={name} schema={field} path={[...path, name]} value={value} absent={absent} />;
  });
}

type FieldProps = {
  readonly schema: v.GenericSchema;
  readonly path: Path;
  readonly value: unknown;
  readonly label?: string | undefined;
  readonly absent?: string | undefined;
};

/** One field, bound to its place in the scenario. */
export function Field({ schema, path, value, label, absent }: FieldProps): ReactNode {
  const problem = useApp((s) => problemAt(s, path.join('.')));
  const note = useApp((s) => idleField(s.version.scenario, path));
  const { edit } = useVerbs();
  return (
    <SchemaField
      schema={schema}
      value={value}
      problem={problem}
      field={path.join('.')}
      note={note}
      onChange={(next) => edit(path, next)}
      {...(label === undefined ? {} : { label })}
      {...(absent === undefined || value !== undefined ? {} : { absent })}
    />
  );
}
