import { LOCKS_ID } from '../../timeline/tracks.ts';
import { AXES } from '../../state/view.ts';
import type { AppState } from '../../state/app-state.ts';
import { selectHasFolios, selectHazards } from '../../state/selectors.ts';
import { chord } from './chord.ts';
import type { Command, Context, Group, Target } from './command.ts';

type Spec = {
  title: string;
  keys?: readonly string[];
  context?: Context;
  enabled?: (state: AppState) => boolean;
  run: (target: Target) => void;
};

const commands = (group: Group, specs: Readonly<Record<string, Spec>>): Command[] =>
  Object.entries(specs).map(([id, spec]) => ({
    id,
    title: spec.title,
    group,
    keys: (spec.keys ?? []).map(chord),
    context: spec.context ?? 'page',
    enabled: spec.enabled ?? (() => true),
    run: spec.run,
  }));

const hasLog = (s: AppState): boolean => s.rows > 0;
const hasHazard = (s: AppState): boolean => selectHazards(s).length > 0;
const hasSelection = (s: AppState): boolean => hasLog(s) && (s.selection !== null || s.io !== null);

const STEPS = commands('Steps', {
  'step.forward': {
    title: 'Step forward',
    keys: ['ArrowRight'],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(1),
  },
  'step.back': {
    title: 'Step back',
    keys: ['ArrowLeft'],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(-1),
  },
  'step.next-decision': {
    title: 'Next decision',
    keys: ['shift+ArrowRight'],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(1, 'decision'),
  },
  'step.previous-decision': {
    title: 'Previous decision',
    keys: ['shift+ArrowLeft'],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(-1, 'decision'),
  },
  'step.next-of-io': {
    title: 'Next event of the selected I/O',
    keys: [']'],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(1, 'io'),
  },
  'step.previous-of-io': {
    title: 'Previous event of the selected I/O',
    keys: ['['],
    enabled: hasLog,
    run: ({ state }) => state.stepBy(-1, 'io'),
  },
  'hazard.next': {
    title: 'Next hazard',
    keys: ['h'],
    enabled: hasHazard,
    run: ({ state }) => state.goToHazard(1),
  },
  'hazard.previous': {
    title: 'Previous hazard',
    keys: ['shift+h'],
    enabled: hasHazard,
    run: ({ state }) => state.goToHazard(-1),
  },
  'play.toggle': {
    title: 'Play or pause',
    keys: [' '],
    enabled: hasLog,
    run: ({ state }) => (state.playing ? state.pause() : state.play()),
  },
  'play.faster': {
    title: 'Play faster',
    enabled: hasLog,
    run: ({ state }) => state.changeSpeed(1),
  },
  'play.slower': {
    title: 'Play slower',
    enabled: hasLog,
    run: ({ state }) => state.changeSpeed(-1),
  },
  'cursor.start': {
    title: 'Start of the run',
    keys: ['Home'],
    enabled: hasLog,
    run: ({ state }) => state.goToStart(),
  },
  'cursor.end': {
    title: 'End of the run',
    keys: ['End'],
    enabled: hasLog,
    run: ({ state }) => state.goToEnd(),
  },
});

const TIMELINE = commands('Timeline', {
  'zoom.in': {
    title: 'Zoom in',
    keys: ['KeyW', '+', '='],
    enabled: hasLog,
    run: (t) => t.timeline?.zoomIn(),
  },
  'zoom.out': { title: 'Zoom out', keys: ['KeyS', '-'], enabled: hasLog, run: (t) => t.timeline?.zoomOut() },
  'pan.left': { title: 'Pan left', keys: ['KeyA'], enabled: hasLog, run: (t) => t.timeline?.pan(-0.25) },
  'pan.right': { title: 'Pan right', keys: ['KeyD'], enabled: hasLog, run: (t) => t.timeline?.pan(0.25) },
  'zoom.fit': { title: 'Fit the whole run', keys: ['0'], enabled: hasLog, run: (t) => t.timeline?.fitAll() },
  'zoom.selection': {
    title: 'Focus on the range or selection; again: fit all',
    keys: ['f'],
    enabled: hasLog,
    run: (t) => t.timeline?.fitSelection(),
  },
  'track.next': {
    title: 'Next event on the same track',
    keys: ['.'],
    enabled: hasLog,
    run: (t) => t.timeline?.stepOnTrack(1),
  },
  'track.previous': {
    title: 'Previous event on the same track',
    keys: [','],
    enabled: hasLog,
    run: (t) => t.timeline?.stepOnTrack(-1),
  },
  'track.down': {
    title: 'Next track',
    keys: ['ArrowDown'],
    context: 'timeline',
    enabled: hasLog,
    run: (t) => t.timeline?.moveFocus(1),
  },
  'track.up': {
    title: 'Previous track',
    keys: ['ArrowUp'],
    context: 'timeline',
    enabled: hasLog,
    run: (t) => t.timeline?.moveFocus(-1),
  },
  'track.details': {
    title: 'Details of the selected event',
    keys: ['Enter'],
    context: 'timeline',
    enabled: hasLog,
    run: ({ page }) => page.showView('state'),
  },
  'track.toggle': {
    title: 'Fold or unfold the tracks of this CPU',
    keys: ['g'],
    context: 'timeline',
    enabled: hasLog,
    run: (t) => t.timeline?.toggleGroup(),
  },
  'axis.next': {
    title: 'Next time axis: clock, gaps folded, one column a step',
    keys: ['t'],
    run: ({ state, timeline }) => {
      if (timeline === null) state.setWindow(null); // nobody is there to convert it
      state.setAxis(AXES[(AXES.indexOf(state.axis) + 1) % AXES.length] ?? 'clock');
    },
  },
  'flows.toggle': {
    title: 'Flow arrows: selected I/O, all, none',
    keys: ['l'],
    run: ({ state }) => state.nextFlows(),
  },
  'jiffies.toggle': {
    title: 'Grid of jiffies, on or off',
    keys: ['j'],
    run: ({ state }) => state.changeSettings({ jiffyGrid: !state.settings.jiffyGrid }),
  },
  'locks.toggle': {
    title: 'Fold or unfold the tracks of the locks',
    keys: ['k'],
    enabled: hasLog,
    run: ({ state }) => state.setCollapsed(LOCKS_ID, !state.collapsed.has(LOCKS_ID)),
  },
  'follow.toggle': {
    title: 'Follow the cursor, on or off',
    run: ({ state }) => state.setFollow(!state.follow),
  },
  search: { title: 'Search events', keys: ['/'], run: ({ page }) => page.openSearch() },
  'search.in-timeline': {
    title: 'Search events (in the timeline)',
    keys: ['mod+f'],
    context: 'timeline',
    run: ({ page }) => page.openSearch(),
  },
});

const SELECTION = commands('Selection', {
  escape: {
    title: 'Close the popup or message, then clear the selection, then the range',
    keys: ['Escape'],
    run: ({ state }) => state.escape(),
  },
  'range.from-selection': {
    title: 'Range from the selection',
    keys: ['r'],
    enabled: hasSelection,
    run: ({ state }) => state.rangeFromSelection(),
  },
  'range.mark': {
    title: 'Mark this moment; again: measure from the mark to here',
    keys: ['m'],
    enabled: hasLog,
    run: ({ state }) => state.markRange(),
  },
  'range.keep': {
    title: 'Keep the range: Escape no longer clears it; again: let go of it',
    keys: ['shift+m'],
    enabled: (s) => hasLog(s) && (s.range !== null || hasSelection(s)),
    run: ({ state }) => state.keepRange(),
  },
  'range.remove': {
    title: 'Remove the range',
    keys: ['Delete'],
    enabled: (s) => s.range !== null,
    run: ({ state }) => state.setRange(null),
  },
  'range.all': {
    title: 'Range over the whole run',
    keys: ['mod+a'],
    enabled: hasLog,
    run: ({ state }) => state.rangeAll(),
  },
  'select.io': {
    title: 'Select the whole I/O at the cursor',
    keys: ['o'],
    enabled: hasLog,
    run: ({ state }) => state.selectIoAtCursor(),
  },
  'cause.go': {
    title: 'Go to the cause of the event at the cursor',
    keys: ['c'],
    enabled: hasLog,
    run: ({ state }) => state.goToCause(),
  },
});

const VIEWS = commands('Views', {
  'view.timeline': { title: 'Timeline', keys: ['1'], run: ({ page }) => page.showView('timeline') },
  'view.events': { title: 'Event list', keys: ['2'], run: ({ page }) => page.showView('events') },
  'view.state': { title: 'State and details', keys: ['3'], run: ({ page }) => page.showView('state') },
  'tab.findings': { title: 'Findings', run: ({ state }) => state.showTab('findings') },
  'tab.statistics': { title: 'Statistics', run: ({ state }) => state.showTab('statistics') },
  'tab.writeback': {
    title: 'Writeback: where the time of its bios goes',
    enabled: selectHasFolios,
    run: ({ state }) => state.showTab('writeback'),
  },
  'tab.cache': {
    title: 'Page cache: the folios at the cursor',
    enabled: selectHasFolios,
    run: ({ state }) => state.showTab('cache'),
  },
  'panel.inspector': {
    title: 'Show or hide the inspector',
    keys: ['i'],
    run: ({ state }) => state.togglePanel('inspector'),
  },
  'panel.controls': {
    title: 'Show or hide the controls',
    keys: ['b'],
    run: ({ state }) => state.togglePanel('controls'),
  },
});

const SCENARIO = commands('Scenario', {
  undo: {
    title: 'Undo',
    keys: ['mod+z'],
    enabled: (s) => s.past.length > 0,
    run: ({ state }) => state.undo(),
  },
  redo: {
    title: 'Redo',
    keys: ['mod+shift+z', 'mod+y'],
    enabled: (s) => s.future.length > 0,
    run: ({ state }) => state.redo(),
  },
  'run.again': { title: 'Run again', run: ({ state }) => state.startRun() },
  'run.cancel': {
    title: 'Cancel the run',
    enabled: (s) => s.runStatus === 'running',
    run: ({ state }) => state.cancelRun(),
  },
  'scenario.fio': {
    title: 'Paste a fio command or job file',
    keys: ['p'],
    run: ({ state }) => state.openDialog('fio'),
  },
  'scenario.open': {
    title: 'Open a fio job file or a scenario',
    keys: ['mod+o'],
    run: ({ page }) => page.openFile(),
  },
  'scenario.save': {
    title: 'Save the scenario as a file',
    keys: ['mod+s'],
    run: ({ page }) => page.saveScenario(),
  },
});

const PAGE = commands('Page', {
  share: { title: 'Share what you see as a link', run: ({ state }) => state.openDialog('share') },
  palette: {
    title: 'All commands',
    keys: ['mod+k', 'F1', 'mod+shift+p', '>'],
    run: ({ state }) => state.openDialog('palette'),
  },
  help: { title: 'Keys and gestures', keys: ['?'], run: ({ state }) => state.openDialog('help') },
  about: { title: 'About this model', run: ({ state }) => state.openDialog('about') },
  experiment: {
    title: 'Published figures of caller completion, beside simulated ones',
    run: ({ state }) => state.openDialog('experiment'),
  },
  'experiment.delay': {
    title: 'Published figures of the delay before a batch of bios, beside simulated ones',
    run: ({ state }) => state.openDialog('delay'),
  },
  'experiment.throughput': {
    title: 'Published MB/s of uncached I/O, and what the model says about them',
    run: ({ state }) => state.openDialog('throughput'),
  },
  settings: { title: 'Settings', run: ({ state }) => state.openDialog('settings') },
  'theme.light': { title: 'Light theme', run: ({ state }) => state.changeSettings({ theme: 'light' }) },
  'theme.dark': { title: 'Dark theme', run: ({ state }) => state.changeSettings({ theme: 'dark' }) },
  'theme.system': {
    title: 'Theme of the system',
    run: ({ state }) => state.changeSettings({ theme: 'system' }),
  },
});

/** Every command of the page, in the order of the help page. */
export const COMMANDS: readonly Command[] = [
  ...STEPS,
  ...TIMELINE,
  ...SELECTION,
  ...VIEWS,
  ...SCENARIO,
  ...PAGE,
];
