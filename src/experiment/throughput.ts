/**
 * The MB/s of uncached I/O on a block device as the mails of the series print them. Shown as published and neither fitted nor
 * simulated: they measure reclaim and the medium. Source: bio-complete-in-task.md section 6, from the mails named there.
 */

/** One second of a run. */
export type ThroughputRow = {
  readonly second: number;
  readonly normal: number;
  readonly dontcache: number;
  /** The mail could be read in part only: the figure is cut. */
  readonly isCut?: boolean;
};

export type ThroughputTable = {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly ThroughputRow[];
  /** As printed in the mail; null where it could not be read. */
  readonly average: {
    readonly normal: number;
    readonly dontcache: number;
    readonly gain_percent: number;
  } | null;
  readonly note: string;
};

const rowsOf = (...pairs: readonly (readonly [normal: number, dontcache: number])[]): ThroughputRow[] =>
  pairs.map(([normal, dontcache], i) => ({ second: i + 1, normal, dontcache }));

const V2 = 'Tal Zussman, RFC v2, 25 February 2026; RFC v3 repeats the same numbers.';
const V4 = 'Tal Zussman, RFC v4, 25 March 2026.';

export const THROUGHPUT: readonly ThroughputTable[] = [
  {
    id: 'v2-read',
    title: 'RFC v2, reads',
    rows: rowsOf(
      [993.9, 1799.6],
      [992.8, 1693.8],
      [923.4, 2565.9],
      [1013.5, 3917.3],
      [1557.9, 2438.2],
      [2363.4, 1844.3],
      [1447.9, 2048.6],
      [899.4, 1951.7],
      [1246.8, 1756.1],
      [1139.0, 1665.6],
      [1089.7, 1707.7],
      [1270.4, 1736.5],
      [1244.0, 1756.3],
      [1389.7, 1566.2],
    ),
    average: { normal: 1258.0, dontcache: 2005.4, gain_percent: 59 },
    note: V2,
  },
  {
    id: 'v2-write',
    title: 'RFC v2, writes',
    rows: rowsOf(
      [2396.1, 9670.6],
      [8444.8, 9391.5],
      [770.8, 9400.8],
      [61.5, 9565.9],
      [7701.0, 8832.6],
      [8634.3, 9912.9],
      [469.2, 9835.4],
      [8588.5, 9587.2],
      [8602.2, 9334.8],
      [591.1, 8678.8],
      [8528.7, 3847.0],
    ),
    average: { normal: 4981.7, dontcache: 8914.3, gain_percent: 79 },
    note: V2,
  },
  {
    id: 'v4-read',
    title: 'RFC v4, reads',
    rows: rowsOf(
      [1098.6, 1609.0],
      [1270.3, 1506.6],
      [1093.3, 1576.5],
      [1141.8, 2393.9],
      [1365.3, 2793.8],
      [1324.6, 2065.9],
      [879.6, 1920.7],
      [1434.1, 1662.4],
      [1184.9, 1857.9],
      [1166.4, 1702.8],
      [1161.4, 1653.4],
      [1086.9, 1555.4],
      [1198.5, 1718.9],
      [1111.9, 1752.2],
    ),
    average: { normal: 1173.7, dontcache: 1828.8, gain_percent: 56 },
    note: V4,
  },
  {
    id: 'v4-write',
    title: 'RFC v4, writes',
    rows: [
      ...rowsOf(
        [692.4, 9297.7],
        [4810.8, 9342.8],
        [5221.7, 2955.2],
        [396.7, 8488.3],
        [7249.2, 9249.3],
        [6695.4, 1376.2],
        [122.9, 9125.8],
        [5486.5, 9414.7],
        [6921.5, 8743.5],
      ),
      { second: 10, normal: 27.9, dontcache: 8997, isCut: true },
    ],
    average: null,
    note: `${V4} Nine rows and half of the tenth could be read; neither the rest nor its average, so none is shown.`,
  },
];

export const THROUGHPUT_SOURCE =
  'One block device in a virtual machine, CONFIG_BUFFER_HEAD=y, in MB/s for each second of the run; its author calls them noisy. ' +
  'Reads: the root partition, a range of 45 GB, about twice the memory. Writes: a partition of about 1 GB in a memory cgroup of ' +
  '244 MB, to force reclaim. Averages are those of the mails, which the rows do not give exactly. The cover letter of v6 describes the same setup; its numbers could not be read.';

export type ThroughputNote = {
  readonly kind: 'Modelled' | 'Not modelled';
  readonly text: string;
  /** A preset that shows it. */
  readonly preset?: string;
};

/** What the model has to say about these tables. */
export const THROUGHPUT_NOTES: readonly ThroughputNote[] = [
  {
    kind: 'Not modelled',
    text:
      'The MB/s themselves: memory that runs short, a cgroup’s limit, reclaim that has to clean folios first, and the medium. ' +
      'These tables measure that, so nothing here is fitted to them and no figure stands beside them.',
  },
  {
    kind: 'Modelled',
    text:
      'Reads: the gain does not come from deferred bios. The reading task drops its folios itself; nothing waits in a batch. The ' +
      'table shows what RWF_DONTCACHE does for a range larger than memory.',
    preset: 'read-dontcache',
  },
  {
    kind: 'Modelled',
    text:
      'Writes: where a folio is dropped. The interrupt puts the bio of the block device into the batch of its CPU, and the worker ' +
      'ends it and drops the folios, so that they are gone before memory runs short.',
    preset: 'bdev-dontcache',
  },
  {
    kind: 'Modelled',
    text: 'RFC v3, with the numbers of v2, defers folios in 31 slots a CPU; those that do not fit stay in the cache.',
    preset: 'dontcache-rfc-v3',
  },
  {
    kind: 'Modelled',
    text: 'RFC v4 defers the bio: its batch has no limit, and every folio is dropped.',
    preset: 'dontcache-rfc-v4',
  },
  {
    kind: 'Not modelled',
    text:
      'The seconds in which normal writes collapse (27.9 or 61.5 MB/s): reclaim cleans pages inside the small cgroup. Nor the slow ' +
      'seconds of uncached ones (2955.2, 1376.2, 3847.0): the mails give no cause.',
  },
];
