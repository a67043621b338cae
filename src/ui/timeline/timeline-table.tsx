import {
  memo,
  startTransition,
  useDeferredValue,
  useEffect,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react';
import type { TimelineView } from '../../timeline/timeline-view.ts';
import type { Hit, TrackInfo } from '../../timeline/types.ts';
import { instant } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';

/** Tracks that are added in one go, in a few milliseconds: each may list dozens of events. */
const PAGE_TRACKS = 8;
/** So many come by themselves, page by page; the others when the reader scrolls towards them. */
const LEAST_TRACKS = 64;

/** The timeline as a table, for who does not see the canvas: one row a track. */
export function TimelineTable({ view }: { readonly view: TimelineView }): ReactNode {
  // Read again, without holding up what changed it, when another part is visible, or there is more.
  const window = useDeferredValue(useApp((s) => s.window));
  const rows = useDeferredValue(useApp((s) => s.rows));
  const scroller = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLTableRowElement>(null);
  const total = view.tracks.filter(isNoGroup).length;
  const shown = useGrowing(scroller, end, total);
  if (total === 0) return <p className="empty">No track yet: the run has not written anything.</p>;
  return (
    <div
      className="table-scroll timeline-table"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Timeline as a table"
    >
      <table aria-rowcount={total + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Track</th>
            <th scope="col">What it shows</th>
            <th scope="col">First events in view</th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: Math.ceil(shown / PAGE_TRACKS) }, (_, i) => (
            <TrackPage key={i} view={view} from={i * PAGE_TRACKS} window={window} rows={rows} />
          ))}
          <tr ref={end} aria-hidden className="spacer" />
        </tbody>
      </table>
    </div>
  );
}

const isNoGroup = ({ kind }: { readonly kind: string }): boolean => kind !== 'group';

/** How many of `total` tracks to show: more and more, while their end is near what is seen. */
function useGrowing(
  scroller: RefObject<HTMLElement | null>,
  end: RefObject<HTMLElement | null>,
  total: number,
): number {
  const [shown, setShown] = useState(PAGE_TRACKS);
  useEffect(() => {
    if (end.current === null || shown >= total) return;
    const look = (entries: readonly IntersectionObserverEntry[]): void => {
      if (shown < LEAST_TRACKS || entries.some((entry) => entry.isIntersecting))
        startTransition(() => setShown(shown + PAGE_TRACKS));
    };
    const observer = new IntersectionObserver(look, { root: scroller.current, rootMargin: '0px 0px 100%' });
    observer.observe(end.current); // it says at once how things are
    return () => observer.disconnect();
  }, [scroller, end, shown, total]);
  return Math.min(shown, total);
}

type PageProps = {
  readonly view: TimelineView;
  readonly from: number;
  /** What the page was read for: the view changes in place. */
  readonly window: unknown;
  readonly rows: number;
};

const TrackPage = memo(function TrackPage({ view, from }: PageProps): ReactNode {
  const tracks = view.tracks.filter(isNoGroup).slice(from, from + PAGE_TRACKS);
  return view.infoOf(tracks).map((track, i) => <Track key={track.id} track={track} index={from + i + 2} />);
});

function Track({ track, index }: { readonly track: TrackInfo; readonly index: number }): ReactNode {
  return (
    <tr aria-rowindex={index}>
      <th scope="row">
        {track.tag} {track.label}
      </th>
      <td>{track.text}</td>
      <td>
        <ul>
          {track.events.map((hit) => (
            <li key={`${hit.row}-${hit.t0_ns}`}>
              <HitButton hit={hit} />
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

function HitButton({ hit }: { readonly hit: Hit }): ReactNode {
  const verbs = useVerbs();
  return (
    <button
      type="button"
      className="button button-link"
      onClick={() => {
        verbs.moveCursor(hit.row);
        verbs.select(hit.row);
      }}
    >
      {instant(hit.t0_ns)}: {hit.text}
    </button>
  );
}
