import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { type Bin, histogramOf } from '../../analysis/statistics.ts';
import { slowestIn } from '../../analysis/writeback-latency.ts';
import { count, duration } from '../format.ts';

type Props = {
  readonly title: string;
  /** One of each bio; NaN for those without. */
  readonly durations_ns: Float64Array;
  readonly name: (bio: number) => string;
  readonly onShow: (bio: number) => void;
};

/** Height of the highest bin in pixels. */
const HIGHEST_PX = 84;

/**
 * How the bios are spread, in bins that grow with the time. Heights are logarithmic, so that a single slow bio is seen
 * beside thousands. A bin leads to its slowest bio.
 */
export function Histogram({ title, durations_ns, name, onShow }: Props): ReactNode {
  const id = useId();
  const bins = histogramOf(durations_ns);
  const [active, setActive] = useState(() => fullest(bins));
  const [pointed, setPointed] = useState(-1);
  if (bins.length === 0) return null;
  const most = Math.max(...bins.map((bin) => bin.count));
  const shown = bins[pointed] ?? bins[active];
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to =
      event.key === 'Home'
        ? filledFrom(bins, 0, 1)
        : event.key === 'End'
          ? filledFrom(bins, bins.length - 1, -1)
          : by === undefined
            ? -1
            : filledFrom(bins, active + by, by);
    const bin = bins[active];
    if (event.key === 'Enter' || event.key === ' ') {
      if (bin !== undefined) onShow(slowestIn(durations_ns, bin));
    } else if (to >= 0) setActive(to);
    else return;
    event.preventDefault();
  };
  return (
    <figure className="writeback-histogram">
      <figcaption>{title}; heights are logarithmic</figcaption>
      <div
        className="histogram"
        role="listbox"
        aria-label={`Distribution: ${title}`}
        aria-orientation="horizontal"
        aria-activedescendant={`${id}-${active}`}
        tabIndex={0}
        style={{ height: HIGHEST_PX }}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(-1)}
      >
        {bins.map((bin, i) => (
          <div
            key={bin.from_ns}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            aria-disabled={bin.count === 0}
            aria-label={binWords(bin)}
            className="bin"
            onPointerEnter={() => setPointed(i)}
            onClick={() => {
              if (bin.count === 0) return;
              setActive(i);
              onShow(slowestIn(durations_ns, bin));
            }}
          >
            <span className="bin-bar" style={{ height: heightOf(bin.count, most) }} />
          </div>
        ))}
      </div>
      <p className="histogram-axis number">
        <span>{duration(bins[0]?.from_ns ?? 0)}</span>
        <span>{duration(bins.at(-1)?.to_ns ?? 0)}</span>
      </p>
      <p className="muted">
        {shown === undefined || shown.count === 0
          ? 'No bio here.'
          : `${binWords(shown)}. A click or Enter shows the slowest, ${name(slowestIn(durations_ns, shown))}.`}
      </p>
    </figure>
  );
}

const binWords = ({ from_ns, to_ns, count: n }: Bin): string =>
  `${count(n)} ${n === 1 ? 'bio' : 'bios'} of ${duration(from_ns)} to ${duration(to_ns)}`;

/** At least so high that it can be seen. */
const heightOf = (n: number, most: number): number =>
  n === 0 ? 0 : 4 + ((HIGHEST_PX - 4) * Math.log(n + 1)) / Math.log(most + 1);

function fullest(bins: readonly Bin[]): number {
  let best = 0;
  bins.forEach((bin, i) => {
    if (bin.count > (bins[best]?.count ?? 0)) best = i;
  });
  return best;
}

/** The first bin with something in it from `from` on; -1 for none. */
function filledFrom(bins: readonly Bin[], from: number, by: number): number {
  for (let i = from; i >= 0 && i < bins.length; i += by) if ((bins[i]?.count ?? 0) > 0) return i;
  return -1;
}
