import { lazy, Suspense, type ReactNode } from 'react';
import { publishedOf } from '../../state/link-view.ts';
import { PUBLISHED_DIALOGS, type PublishedDialog } from '../../state/view.ts';
import { Dialog } from '../dialogs/dialog.tsx';
import { useApp, useVerbs } from '../page.tsx';
import { Tabs } from '../tabs.tsx';

const Panels = lazy(() => import('./panels.tsx'));

const LABELS: Readonly<Record<PublishedDialog, string>> = {
  experiment: 'Caller completion',
  delay: 'The delay of one jiffy',
  throughput: 'MB/s of uncached I/O',
};
const PANEL_ID = 'published-panel';

/** Published figures, each beside what the model makes of it. */
export function PublishedDialog(): ReactNode {
  const shown = useApp(publishedOf);
  const { openDialog } = useVerbs();
  return (
    <Dialog names={PUBLISHED_DIALOGS} title="Published figures" className="experiment">
      {shown !== null && (
        <>
          <Tabs
            ids={PUBLISHED_DIALOGS}
            labels={LABELS}
            chosen={shown}
            onChoose={openDialog}
            panelId={PANEL_ID}
            label="Published figures"
          />
          <div className="experiment-panel" role="tabpanel" id={PANEL_ID} aria-label={LABELS[shown]}>
            <Suspense fallback={<p className="empty">Loading …</p>}>
              <Panels shown={shown} />
            </Suspense>
          </div>
        </>
      )}
    </Dialog>
  );
}
