import { useMemo, type ReactNode } from 'react';
import {
  type Distribution,
  PERCENTILES,
  type Statistics as Numbers,
  statisticsOf,
} from '../../analysis/statistics.ts';
import { iosOfLog } from '../../state/derived.ts';
import { selectFinished } from '../../state/selectors.ts';
import { count, duration } from '../format.ts';
import { useApp } from '../page.tsx';

/** The run in numbers: which paths the I/Os took, how long they took, and where the time went. */
export function Statistics(): ReactNode {
  const recording = useApp(selectFinished);
  const numbers = useMemo(
    () => (recording === null ? null : statisticsOf(recording.log, iosOfLog(recording.log))),
    [recording],
  );
  if (numbers === null) return <p className="empty">Numbers come when the run has ended.</p>;
  if (numbers.ios === 0) return <p className="empty">This run has no I/O. Give the job at least one.</p>;
  return (
    <div className="table-scroll statistics" tabIndex={0} role="region" aria-label="Statistics">
      <p>
        {count(numbers.finished)} of {count(numbers.ios)} I/Os finished in {duration(numbers.span_ns)}:{' '}
        <strong>{count(Math.round(numbers.iops))} IOPS</strong>, {duration(numbers.cpuPerIo_ns)} of CPU time
        each
        {numbers.errors > 0 ? `, ${count(numbers.errors)} with an error` : ''}.
      </p>
      <div className="statistics-tables">
        <LatencyTable numbers={numbers} />
        <PartsTable numbers={numbers} />
        <CpuTable numbers={numbers} />
      </div>
    </div>
  );
}

const HEADS = ['n', 'min', ...PERCENTILES.map((p) => `p${p}`), 'max', 'mean'];

/** The numbers of a distribution as cells of a row. */
export function DistributionCells({ d }: { readonly d: Distribution | null }): ReactNode {
  if (d === null) return HEADS.map((head) => <td key={head}>–</td>);
  const cells = [count(d.count), ...[d.min_ns, ...d.percentiles_ns, d.max_ns, d.mean_ns].map(duration)];
  return cells.map((text, i) => (
    <td key={HEADS[i]} className="number">
      {text}
    </td>
  ));
}

/** The head of a table of distributions. */
export function Head({ title }: { readonly title: string }): ReactNode {
  return (
    <thead>
      <tr>
        <th scope="col">{title}</th>
        {HEADS.map((head) => (
          <th key={head} scope="col" className="number">
            {head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function LatencyTable({ numbers }: { readonly numbers: Numbers }): ReactNode {
  return (
    <table>
      <caption>Latency by path, from submission to the application’s having the result</caption>
      <Head title="path" />
      <tbody>
        {numbers.paths.map(({ path, latency }) => (
          <tr key={path}>
            <th scope="row" className="mono">
              {path}
            </th>
            <DistributionCells d={latency} />
          </tr>
        ))}
        <tr>
          <th scope="row">all</th>
          <DistributionCells d={numbers.latency} />
        </tr>
      </tbody>
    </table>
  );
}

function PartsTable({ numbers }: { readonly numbers: Numbers }): ReactNode {
  return (
    <table>
      <caption>Where the time goes; the parts of an I/O add up to its latency</caption>
      <Head title="part" />
      <tbody>
        {numbers.parts.map(({ part, time }) => (
          <tr key={part.id}>
            <th scope="row">{part.title}</th>
            <DistributionCells d={time} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const CPU_KINDS = ['hardirq', 'softirq', 'task', 'idle'] as const;

function CpuTable({ numbers }: { readonly numbers: Numbers }): ReactNode {
  const { byCpu } = numbers.cpu;
  return (
    <table>
      <caption>What the CPUs did</caption>
      <thead>
        <tr>
          <th scope="col">CPU</th>
          {CPU_KINDS.map((kind) => (
            <th key={kind} scope="col" className="number">
              {kind}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: byCpu.length / CPU_KINDS.length }, (_, cpu) => (
          <tr key={cpu}>
            <th scope="row">CPU {cpu}</th>
            {CPU_KINDS.map((kind, i) => (
              <td key={kind} className="number">
                {duration(byCpu[cpu * CPU_KINDS.length + i]!)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
