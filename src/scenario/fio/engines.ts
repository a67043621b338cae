import type { FIO_ENGINES } from '../schema-job.ts';
import { editDistance } from './options.ts';

export type Engine = (typeof FIO_ENGINES)[number];

/** What stands for an I/O engine of fio: one that is simulated, perhaps another one and why, or nothing. */
export type EngineChoice =
  | { readonly engine: Engine; readonly instead: string | null; readonly synchronous: boolean }
  | { readonly engine: null; readonly reason: string };

const SYNCHRONOUS = ['psync', 'sync', 'vsync', 'pvsync', 'pvsync2'];

const POSIX_AIO =
  'POSIX AIO is a pool of threads in the C library that call pwrite and pread: one such thread is simulated (psync)';

/** Engines that cannot be simulated, and why. */
const REFUSED: readonly (readonly [names: string, reason: string])[] = [
  ['null', 'does no I/O at all, so nothing completes'],
  ['cpuio', 'only burns CPU time and does no I/O'],
  ['exec', 'runs a command, and bioscope runs none'],
  ['external skeleton', 'loads an engine from a file, and bioscope opens none'],
  [
    'io_uring_cmd sg xnvme libblkio libzbc',
    'sends commands past the filesystem and iomap, which are what is simulated here',
  ],
  ['mmap dev-dax libpmem page_fault', 'moves data by page faults, loads and stores, not by direct I/O'],
  ['splice', 'moves pages through pipes, which is not modelled'],
  ['falloc e4defrag ftruncate', 'changes the blocks of a file instead of reading or writing them'],
  [
    'filecreate filestat filedelete dircreate dirstat dirdelete',
    'works on names of files, not on their data',
  ],
  [
    'net netsplice rdma http nbd nfs rbd rados gfapi gfapi_async libhdfs libiscsi dfs ime_psync ime_psyncv ime_aio',
    'works over a network, which is not simulated',
  ],
  ['libcufile libhipfile', 'moves data to a graphics processor, which is not simulated'],
  ['windowsaio solarisaio mtd', 'does not work on a block device under Linux'],
];
const REASONS: ReadonlyMap<string, string> = new Map(
  REFUSED.flatMap(([names, reason]) => names.split(' ').map((name): [string, string] => [name, reason])),
);

/** What is simulated for `ioengine=name`. */
export function chooseEngine(name: string): EngineChoice {
  const engine = name.split(/[:,]/, 1)[0] ?? '';
  if (engine === 'io_uring' || engine === 'libaio') return { engine, instead: null, synchronous: false };
  if (SYNCHRONOUS.includes(engine)) return { engine: 'psync', instead: null, synchronous: true };
  if (engine === 'posixaio') return { engine: 'psync', instead: POSIX_AIO, synchronous: true };
  return { engine: null, reason: REASONS.get(engine) ?? `is not an I/O engine of fio${hint(engine)}` };
}

function hint(name: string): string {
  const known = ['io_uring', 'libaio', ...SYNCHRONOUS];
  const near = known.find((other) => editDistance(name.toLowerCase().replaceAll('-', '_'), other, 3) < 3);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
