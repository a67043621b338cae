import type { ReactNode } from 'react';
import type { TimelineView } from '../../timeline/timeline-view.ts';
import type { Hit, TrackInfo } from '../../timeline/types.ts';
import { instant } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';

/** The timeline as a table, for who does not see the canvas: one row a track. */
export function TimelineTable({ view }: { readonly view: TimelineView }): ReactNode {
  useApp((s) => s.window); // read again when another part is visible, or there is more
  useApp((s) => s.rows);
  const tracks = view.visibleRows(true).filter((track) => track.kind !== 'group');
  if (tracks.length === 0) return <p className="empty">No track yet: the run has not written anything.</p>;
  return (
    <div className="table-scroll timeline-table" tabIndex={0} role="region" aria-label="Timeline as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Track</th>
            <th scope="col">What it shows</th>
            <th scope="col">First events in view</th>
          </tr>
        </thead>
        <tbody>
          {tracks.map((track) => (
            <Track key={track.id} track={track} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Track({ track }: { readonly track: TrackInfo }): ReactNode {
  return (
    <tr>
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
