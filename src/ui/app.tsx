import { Activity, List, ListTree, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { VIEWS, type View } from '../state/view.ts';
import { ChangeStrip } from './change-strip.tsx';
import { Controls } from './controls/controls.tsx';
import { PublishedDialog } from './experiment/published-dialog.tsx';
import { FioDialog } from './dialogs/fio-dialog.tsx';
import { HelpDialog } from './dialogs/help-dialog.tsx';
import { PaletteDialog } from './dialogs/palette-dialog.tsx';
import { AboutDialog } from './dialogs/about-dialog.tsx';
import { SettingsDialog } from './dialogs/settings-dialog.tsx';
import { ShareDialog } from './dialogs/share-dialog.tsx';
import { Drawer } from './drawer/drawer.tsx';
import { Splitter } from './drawer/splitter.tsx';
import { DropZone } from './drop-zone.tsx';
import { Failsafe } from './failsafe.tsx';
import { Header } from './header/header.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { Messages } from './messages.tsx';
import { useApp, useNarrow, useVerbs } from './page.tsx';
import { RunState } from './run-state.tsx';
import { Tabs } from './tabs.tsx';
import { useThemeTokens } from './theme.ts';
import { TimelinePane } from './timeline/timeline-pane.tsx';
import { Narration } from './transport/narration.tsx';
import { Transport } from './transport/transport.tsx';
import { useKeyboard } from './use-keyboard.ts';
import { useTitle } from './use-title.ts';

/** The whole page. */
export function App(): ReactNode {
  useThemeTokens();
  useKeyboard();
  useTitle();
  const narrow = useNarrow();
  return (
    <div className="page">
      <Header />
      {narrow ? <NarrowViews /> : <WideViews />}
      <DropZone />
      <Messages />
      <HelpDialog />
      <PaletteDialog />
      <SettingsDialog />
      <AboutDialog />
      <PublishedDialog />
      <FioDialog />
      <ShareDialog />
    </div>
  );
}

/** Everything side by side. */
function WideViews(): ReactNode {
  const panels = useApp((s) => s.panels);
  return (
    <>
      {panels.controls && (
        <Failsafe name="the controls">
          <Controls />
        </Failsafe>
      )}
      <main className="main">
        <RunState />
        <TimelineArea />
        <Transport />
        <Narration />
        {panels.drawer && <Splitter />}
        <Failsafe name="the lists">
          <Drawer />
        </Failsafe>
      </main>
      {panels.inspector && (
        <Failsafe name="the details">
          <Inspector />
        </Failsafe>
      )}
    </>
  );
}

/** The timeline, and over its foot what the last change has changed of it. */
function TimelineArea(): ReactNode {
  return (
    <div className="timeline-area">
      <Failsafe name="the timeline">
        <TimelinePane />
      </Failsafe>
      <Failsafe name="what changed">
        <ChangeStrip />
      </Failsafe>
    </div>
  );
}

const VIEW_LABELS: Readonly<Record<View, string>> = {
  timeline: 'Timeline',
  events: 'Lists',
  state: 'Details',
  controls: 'Scenario',
};
const VIEW_ICONS = {
  timeline: Activity,
  events: List,
  state: ListTree,
  controls: SlidersHorizontal,
} as const;

/** One view at a time; stepping and its narration stay in sight of each. */
function NarrowViews(): ReactNode {
  const view = useApp((s) => s.view);
  const { showView } = useVerbs();
  return (
    <>
      <main className="main">
        <div className="narrow-view" id="narrow-view" role="tabpanel" aria-label={VIEW_LABELS[view]}>
          {(view === 'events' || view === 'state') && (
            <Failsafe name="what changed">
              <ChangeStrip />
            </Failsafe>
          )}
          <RunState />
          {view === 'timeline' && <TimelineArea />}
          {view === 'events' && (
            <Failsafe name="the lists">
              <Drawer />
            </Failsafe>
          )}
          {view === 'state' && (
            <Failsafe name="the details">
              <Inspector />
            </Failsafe>
          )}
          {view === 'controls' && (
            <Failsafe name="the controls">
              <Controls />
            </Failsafe>
          )}
        </div>
        {view !== 'controls' && (
          <>
            <Transport />
            <Narration />
          </>
        )}
      </main>
      <nav aria-label="Views">
        <Tabs
          className="view-tabs"
          ids={VIEWS}
          labels={VIEW_LABELS}
          icons={VIEW_ICONS}
          chosen={view}
          onChoose={showView}
          panelId="narrow-view"
          label="Views"
        />
      </nav>
    </>
  );
}
