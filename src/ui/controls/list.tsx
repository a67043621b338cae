import { Plus, X } from 'lucide-react';
import { useId, useRef, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import type * as v from 'valibot';
import type { Path } from '../../state/edits.ts';
import { describeField } from '../form/describe.ts';
import { problemText } from '../form/schema-field.tsx';
import { useApp, useVerbs } from '../page.tsx';
import { Fields, problemAt } from './fields.tsx';

type ListProps = {
  readonly schema: v.GenericSchema;
  readonly item: { readonly entries: Readonly<Record<string, v.GenericSchema>> };
  readonly path: Path;
  /** What one entry is called: "extent". */
  readonly noun: string;
  /** What a new entry holds: only what has no default. */
  readonly fresh: Readonly<Record<string, string | number>>;
};

/** A list of the scenario, entry by entry: each with its fields and a button that removes it, and one that adds. */
export function List({ schema, item, path, noun, fresh }: ListProps): ReactNode {
  const items = useApp((s) => listAt(s.version.scenario, path));
  const problem = useApp((s) => problemAt(s, path.join('.')));
  const { edit } = useVerbs();
  const id = useId();
  const [isOpen, setIsOpen] = useState<boolean | null>(null);
  const host = useRef<HTMLDetailsElement>(null);
  const { title, help } = describeField(schema);
  /** The focus stays in the list: on the entry that came, or where the one was that went. */
  const focus = (selector: string): void =>
    host.current?.querySelector<HTMLElement>(`${selector}, .list-add`)?.focus();
  const change = (next: readonly unknown[], focused: string): void => {
    flushSync(() => edit(path, next));
    focus(focused);
  };
  return (
    <details
      className="more list"
      ref={host}
      open={isOpen ?? items.length > 0}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>
        {title}
        {items.length > 0 && ` (${items.length})`}
      </summary>
      <p className="list-help" id={id}>
        {help}
      </p>
      <ol aria-label={title} aria-describedby={id}>
        {items.map((_, i) => (
          <li key={i} className="list-item" aria-label={`${noun} ${i + 1}`}>
            <span className="list-number" aria-hidden>
              {noun} {i + 1}
            </span>
            <div className="list-fields" role="group" aria-label={`${noun} ${i + 1}`}>
              <Fields schema={item} path={[...path, i]} names={Object.keys(item.entries)} />
            </div>
            <button
              type="button"
              className="button button-icon"
              aria-label={`Remove ${noun} ${i + 1}`}
              title={`Remove ${noun} ${i + 1}`}
              onClick={() =>
                change(
                  items.filter((_item, n) => n !== i),
                  `.list-item:nth-child(${Math.min(i + 1, items.length - 1)}) .button-icon`,
                )
              }
            >
              <X aria-hidden size={15} />
            </button>
          </li>
        ))}
      </ol>
      {problem !== null && (
        <p className="field-problem" role="alert">
          {problemText(title, problem, path.join('.'))}
        </p>
      )}
      <button
        type="button"
        className="button button-edged list-add"
        onClick={() =>
          change([...items, fresh], `.list-item:nth-child(${items.length + 1}) :is(input, select)`)
        }
      >
        <Plus aria-hidden size={15} /> Add {/^[aeiou]/.test(noun) ? 'an' : 'a'} {noun}
      </button>
    </details>
  );
}

function listAt(scenario: unknown, path: Path): readonly unknown[] {
  const found = path.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], scenario);
  return Array.isArray(found) ? found : NONE;
}
const NONE: readonly unknown[] = [];
