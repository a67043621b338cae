import type { ReactNode } from 'react';

type SectionProps = { readonly title: string; readonly open?: boolean; readonly children: ReactNode };

/** A part of the controls that folds. */
export function Section({ title, open = false, children }: SectionProps): ReactNode {
  return (
    <details className="section" open={open}>
      <summary>
        <h3>{title}</h3>
      </summary>
      <div className="section-body">{children}</div>
    </details>
  );
}
