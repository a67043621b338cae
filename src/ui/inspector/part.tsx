import type { ReactNode } from 'react';
import type { Row } from '../../base/units.ts';
import { useVerbs } from '../page.tsx';

type PartProps = { readonly title: string; readonly open?: boolean; readonly children: ReactNode };

/** A part of the inspector that folds. */
export function Part({ title, open = true, children }: PartProps): ReactNode {
  return (
    <details className="section" open={open}>
      <summary>
        <h3>{title}</h3>
      </summary>
      <div className="section-body">{children}</div>
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
