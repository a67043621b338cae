import { useState, type ReactNode } from 'react';
import type { Row } from '../../base/units.ts';
import { useVerbs } from '../page.tsx';

type PartProps = { readonly title: string; readonly open?: boolean; readonly children: ReactNode };

/** A part of the inspector that folds. What is folded away is not computed. */
export function Part({ title, open = true, children }: PartProps): ReactNode {
  const [isOpen, setIsOpen] = useState(open);
  return (
    <details className="section" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <h3>{title}</h3>
      </summary>
      {isOpen && <div className="section-body">{children}</div>}
    </details>
  );
}

type LinkProps = { readonly row: Row; readonly children: ReactNode };

/** Moves the cursor to an event and selects it. */
export function RowLink({ row, children }: LinkProps): ReactNode {
  const { moveCursor, select } = useVerbs();
  return (
    <button
      type="button"
      className="button button-link row-link"
      onClick={() => {
        moveCursor(row);
        select(row);
      }}
    >
      {children}
    </button>
  );
}
