import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { present } from '../base/assert.ts';
import { browserAddressBar, browserDeps } from '../state/browser.ts';
import { LinkSync } from '../state/link-sync.ts';
import { firstVersion } from '../state/scenario.ts';
import { createAppStore } from '../state/store.ts';
import { App } from './app.tsx';
import type { TimelineVerbs } from './commands/command.ts';
import { makePageVerbs } from './page-verbs.ts';
import { type Page, PageContext } from './page.tsx';
import './styles/base.css';
import './styles/widgets.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/timeline.css';
import './styles/transport.css';
import './styles/lists.css';
import './styles/page-cache.css';
import './styles/writeback.css';
import './styles/inspector.css';
import './styles/dialogs.css';
import './styles/experiment.css';
import './styles/messages.css';
import './styles/narrow.css';

const store = createAppStore(browserDeps(), firstVersion());
store.getState().fitPanels(innerHeight);
const link = new LinkSync(store, browserAddressBar());
let timeline: TimelineVerbs | null = null;
const page: Page = {
  store,
  timeline: () => timeline,
  mountTimeline: (mounted) => (timeline = mounted),
  verbs: makePageVerbs(store),
  currentLink: () => link.current(),
};

createRoot(present(document.getElementById('root'), 'index.html has an element with the id "root"')).render(
  <StrictMode>
    <PageContext value={page}>
      <App />
    </PageContext>
  </StrictMode>,
);
void link.start();
