import type { ReactNode } from 'react';
import { PERCENTILES } from '../../analysis/statistics.ts';
import { biosAtPercentiles, type WritebackWaits } from '../../analysis/writeback-latency.ts';
import { WAITS } from '../../analysis/writeback-moments.ts';
import { duration } from '../format.ts';

type Props = {
  readonly waits: WritebackWaits;
  readonly name: (bio: number) => string;
  readonly onShow: (bio: number) => void;
};

/** For each percentile the bio that has it, as a bar of its waits: they add up, as those of different bios would not. */
export function PercentileBars({ waits, name, onShow }: Props): ReactNode {
  const bios = biosAtPercentiles(waits);
  const most_ns = Math.max(...bios.map((bio) => waits.total_ns[bio] ?? 0), 1);
  return (
    <figure className="writeback-bars">
      <figcaption>The bio at each percentile, and what its time went into</figcaption>
      {PERCENTILES.map((percentile, i) => {
        const bio = bios[i] ?? 0;
        const parts = WAITS.map((wait, w) => ({ ...wait, ns: waits.waits_ns[w]?.[bio] ?? NaN })).filter(
          ({ ns }) => ns > 0,
        );
        const total = duration(waits.total_ns[bio] ?? NaN);
        const said = parts.map(({ short, ns }) => `${short} ${duration(ns)}`).join(', ');
        return (
          <button
            key={percentile}
            type="button"
            className="button writeback-bar"
            aria-label={`p${percentile}: ${total}, ${name(bio)}: ${said}. Show it`}
            title={`${name(bio)}: ${said}`}
            onClick={() => onShow(bio)}
          >
            <span className="number">p{percentile}</span>
            <span className="writeback-track">
              {parts.map(({ id, short, ns }) => (
                <span key={id} className={`wait wait-${id}`} style={{ width: `${(100 * ns) / most_ns}%` }}>
                  {ns / most_ns > LABELLED ? short : ''}
                </span>
              ))}
            </span>
            <span className="number">{total}</span>
          </button>
        );
      })}
    </figure>
  );
}

/** A part this wide has room for its name. */
const LABELLED = 0.28;
