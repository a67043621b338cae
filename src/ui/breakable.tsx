import { Fragment, type ReactNode } from 'react';

/** A kernel name that may break after an underscore or before a bar, and nowhere within its words. */
export function Breakable({ text }: { readonly text: string }): ReactNode {
  return text.split(/(?<=[_.])|(?=\|)/).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
