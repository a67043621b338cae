import { PanelBottom } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { TABS, type Tab } from '../../state/view.ts';
import { Fingerprint } from '../fingerprint.tsx';
import { useApp, useNarrow, useVerbs } from '../page.tsx';
import { Tabs } from '../tabs.tsx';
import { EventList } from './event-list.tsx';
import { selectFindings, selectHasFolios } from '../../state/selectors.ts';
import { Findings } from './findings.tsx';
import { PageCache } from './page-cache.tsx';
import { useDrawerStyle } from './splitter.tsx';
import { Statistics } from './statistics.tsx';
import { Writeback } from './writeback.tsx';

const TITLES: Readonly<Record<Tab, string>> = {
  events: 'Events',
  findings: 'Findings',
  statistics: 'Statistics',
  writeback: 'Writeback',
  cache: 'Page cache',
};

/** Tabs that need more height than a list to be of use. */
const ROOMY: readonly Tab[] = ['writeback', 'cache'];
/** Tabs that only a run with a page cache has. */
const CACHED: readonly Tab[] = ['writeback', 'cache'];

/** The run as lists and tables, below the timeline. */
export function Drawer(): ReactNode {
  const tab = useApp((s) => s.tab);
  const narrow = useNarrow();
  const isOpen = useApp((s) => s.panels.drawer) || narrow;
  const findings = useApp(selectFindings).length;
  const { showTab, togglePanel } = useVerbs();
  const hasFolios = useApp(selectHasFolios);
  const tabs = TABS.filter((t) => hasFolios || !CACHED.includes(t) || t === tab);
  const id = useId();
  const style = useDrawerStyle();
  const labels = { ...TITLES, findings: findings > 0 ? `Findings (${findings})` : TITLES.findings };
  return (
    <section
      style={style}
      className={`panel-drawer ${isOpen ? (ROOMY.includes(tab) ? 'drawer-roomy' : '') : 'drawer-closed'}`}
      aria-label="Lists"
      data-region="events"
      tabIndex={-1}
    >
      <div className="drawer-head">
        <Tabs
          ids={tabs}
          labels={labels}
          chosen={tab}
          onChoose={showTab}
          panelId={isOpen ? id : undefined}
          label="Lists"
        />
        <Fingerprint />
        <button
          type="button"
          className="button button-icon wide-only"
          aria-label={isOpen ? 'Close the lists' : 'Open the lists'}
          aria-expanded={isOpen}
          title={isOpen ? 'Close the lists' : 'Open the lists'}
          onClick={() => togglePanel('drawer')}
        >
          <PanelBottom aria-hidden size={16} />
        </button>
      </div>
      {isOpen && (
        <div className="drawer-body" id={id} role="tabpanel" aria-label={TITLES[tab]}>
          {tab === 'events' && <EventList />}
          {tab === 'findings' && <Findings />}
          {tab === 'statistics' && <Statistics />}
          {tab === 'writeback' && <Writeback />}
          {tab === 'cache' && <PageCache />}
        </div>
      )}
    </section>
  );
}
