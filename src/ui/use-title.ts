import { useEffect } from 'react';
import { useApp } from './page.tsx';

/** The document's title: that of the link, else of the scenario. */
export function useTitle(): void {
  const title = useApp((s) => (s.linkTitle === '' ? s.version.scenario.title : s.linkTitle));
  useEffect(() => {
    document.title = title === '' ? 'bioscope' : `${title} · bioscope`;
  }, [title]);
}
