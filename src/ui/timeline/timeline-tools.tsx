import { Crosshair, Maximize2, Scan, Table2, Timer, Waypoints, ZoomIn, ZoomOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { AXES, type Axis, FLOWS, type Flows } from '../../state/view.ts';
import { CommandButton } from '../command-button.tsx';
import { duration } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';

const AXIS_LABELS: Readonly<Record<Axis, string>> = {
  clock: 'clock',
  folded: 'gaps folded',
  steps: 'one column a step',
};
const FLOW_LABELS: Readonly<Record<Flows, string>> = {
  selected: 'selected I/O',
  all: 'all I/Os',
  none: 'off',
};

type Props = { readonly table: { readonly isOpen: boolean; readonly toggle: () => void } };

/** What can be done to the timeline, above it. */
export function TimelineTools({ table }: Props): ReactNode {
  const axis = useApp((s) => s.axis);
  const flows = useApp((s) => s.flows);
  const follow = useApp((s) => s.follow);
  const jiffies = useApp((s) => s.settings.jiffyGrid);
  const verbs = useVerbs();
  return (
    <div className="tools" role="toolbar" aria-label="Timeline tools">
      <label className="tool-choice">
        <span>Time axis</span>
        <select
          aria-label="Time axis"
          value={axis}
          onChange={(event) => verbs.setAxis(AXES.find((a) => a === event.target.value) ?? 'clock')}
        >
          {AXES.map((id) => (
            <option key={id} value={id}>
              {AXIS_LABELS[id]}
            </option>
          ))}
        </select>
      </label>
      <label className="tool-choice">
        <Waypoints aria-hidden size={15} />
        <span>Arrows</span>
        <select
          aria-label="Flow arrows"
          value={flows}
          onChange={(event) => verbs.setFlows(FLOWS.find((f) => f === event.target.value) ?? 'none')}
        >
          {FLOWS.map((id) => (
            <option key={id} value={id}>
              {FLOW_LABELS[id]}
            </option>
          ))}
        </select>
      </label>
      <RangeText />
      <span className="tools-end">
        <CommandButton id="jiffies.toggle" icon={Timer} pressed={jiffies} className="wide-only" />
        <CommandButton id="follow.toggle" icon={Crosshair} pressed={follow} className="wide-only" />
        <button
          type="button"
          className="button button-icon"
          aria-label="Timeline as a table"
          title="Timeline as a table"
          aria-pressed={table.isOpen}
          onClick={table.toggle}
        >
          <Table2 aria-hidden size={16} />
        </button>
        <CommandButton id="zoom.out" icon={ZoomOut} />
        <CommandButton id="zoom.in" icon={ZoomIn} />
        <CommandButton id="zoom.selection" icon={Scan} className="wide-only" />
        <CommandButton id="zoom.fit" icon={Maximize2} />
      </span>
    </div>
  );
}

/** The measured range, with a way out of it. */
function RangeText(): ReactNode {
  const range = useApp((s) => s.range);
  const isKept = useApp((s) => s.isRangeKept);
  const { setRange } = useVerbs();
  if (range === null) return null;
  return (
    <span className="range-text">
      {range.t0_ns === range.t1_ns ? (
        'Marked; M measures to the cursor'
      ) : (
        <>
          Range <strong>{duration(range.t1_ns - range.t0_ns)}</strong>
          {isKept && <span className="badge">kept</span>}
        </>
      )}
      <button type="button" className="button button-link" onClick={() => setRange(null)}>
        Clear
      </button>
    </span>
  );
}
