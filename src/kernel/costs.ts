/**
 * Durations that the model spends, with where each comes from. Defaults are the "typical" column of the cost model
 * (cost-model.md section 1; the row is given). Every one is editable in a scenario.
 */
export type CostTag = 'measured' | 'derived' | 'fitted' | 'assumed' | 'exact';
export type Cost = {
  readonly title: string;
  readonly default_ns: number;
  readonly low_ns: number;
  readonly high_ns: number;
  readonly tag: CostTag;
  readonly source: string;
};

const cost = (
  title: string,
  low_ns: number,
  default_ns: number,
  high_ns: number,
  tag: CostTag,
  source: string,
): Cost => ({ title, low_ns, default_ns, high_ns, tag, source });

export const COSTS = {
  'irq.entry': cost('hard interrupt: entry to the handler', 100, 250, 1000, 'assumed', 'cost-model.md row 1'),
  'irq.exit': cost('hard interrupt: exit', 50, 150, 500, 'assumed', 'cost-model.md row 2'),
  'nvme.cqe': cost(
    'one completion queue entry in nvme_poll_cq',
    10,
    20,
    100,
    'assumed',
    'cost-model.md row 3',
  ),
  'nvme.cq_doorbell': cost(
    'completion queue doorbell, once per pass',
    50,
    100,
    300,
    'assumed',
    'cost-model.md row 4',
  ),
  'blk.end.batched': cost(
    'end a request of a batch, to its bio',
    20,
    40,
    150,
    'assumed',
    'cost-model.md row 5',
  ),
  'blk.end.single': cost('end a request alone, to its bio', 60, 120, 400, 'assumed', 'cost-model.md row 6'),
  'blk.submit.batched': cost(
    'bio to request to doorbell, in a plug',
    30,
    60,
    250,
    'assumed',
    'cost-model.md row 7',
  ),
  'blk.submit.single': cost(
    'direct I/O submission through filesystem and block layer',
    200,
    400,
    1200,
    'assumed',
    'cost-model.md row 8',
  ),
  'uring.submit.op': cost(
    'io_uring: take one submission entry',
    8,
    15,
    60,
    'assumed',
    'cost-model.md row 7b',
  ),
  'poll.miss': cost(
    'one look at a poll queue that finds nothing',
    15,
    30,
    100,
    'assumed',
    'cost-model.md row 11',
  ),
  syscall: cost('system call entry and exit, no work', 50, 100, 400, 'assumed', 'cost-model.md row 12'),
  'ctxsw.bare': cost(
    'switch to another thread on the same CPU',
    120,
    164,
    1000,
    'derived',
    'cost-model.md row 14',
  ),
  'wake.local': cost('wake a task on this CPU', 30, 55, 400, 'derived', 'cost-model.md row 15'),
  'wake.remote': cost('wake a task on another CPU', 300, 700, 2000, 'assumed', 'cost-model.md row 16'),
  'wq.queue': cost('queue_work without the wake-up', 20, 30, 150, 'derived', 'cost-model.md row 15b'),
  'wq.dispatch': cost('kworker: take one work item', 20, 30, 150, 'derived', 'cost-model.md row 15c'),
  ipi: cost(
    'inter-processor interrupt, one way, target awake',
    500,
    1240,
    3000,
    'measured',
    'cost-model.md row 17',
  ),
  'idle.exit': cost('leave the idle loop', 200, 2000, 100_000, 'assumed', 'cost-model.md row 18'),
  'tw.item': cost('task_work: run one item', 30, 80, 200, 'assumed', 'cost-model.md row 22'),
  'cqe.post': cost('io_uring: post one completion entry', 6, 12, 50, 'assumed', 'cost-model.md row 24'),
  'app.think': cost(
    'fio: reap one I/O and prepare the next',
    100,
    250,
    600,
    'assumed',
    'cost-model.md row 25',
  ),
  'inval.empty': cost(
    'look for cached pages of the range, none there',
    30,
    60,
    150,
    'assumed',
    'cost-model.md row 26',
  ),
  'inval.folio': cost('drop one cached page', 150, 400, 1500, 'assumed', 'cost-model.md row 27'),
  'copy.page': cost(
    'copy 4 KiB between the application and the page cache',
    150,
    400,
    1200,
    'assumed',
    'a guess: about 10 GB/s',
  ),
  'folio.add': cost(
    'make a folio and add it to the page cache',
    100,
    300,
    1000,
    'assumed',
    'a guess: of the order of its neighbours',
  ),
  'xa.hold': cost(
    'hold the lock of the page cache’s tree for one folio, interrupts off',
    40,
    100,
    400,
    'assumed',
    'cost-model.md row 29',
  ),
  'read.add': cost(
    'add one folio to the bio of a buffered read',
    30,
    80,
    300,
    'assumed',
    'a guess: of the order of its neighbours',
  ),
  'read.end.folio': cost(
    'end the read of one folio',
    40,
    100,
    400,
    'assumed',
    'a guess: less than the end of its writeback',
  ),
  'wb.folio': cost(
    'writeback: begin with one folio',
    50,
    150,
    500,
    'assumed',
    'a guess: of the order of its neighbours',
  ),
  'ioend.add': cost(
    'writeback: add one piece to an ioend',
    30,
    80,
    300,
    'assumed',
    'a guess: of the order of its neighbours',
  ),
  'fuse.request': cost(
    'FUSE: make a request to the daemon and queue it',
    100,
    300,
    2000,
    'assumed',
    'a guess: an allocation and three locks',
  ),
  'fuse.daemon': cost(
    'FUSE: the daemon serves one request, in user mode',
    1000,
    20_000,
    1_000_000,
    'assumed',
    'a guess: a daemon that keeps the data in memory',
  ),
  'wb.end.folio': cost('end the writeback of one folio', 60, 150, 500, 'assumed', 'cost-model.md row 30'),
  'dropbehind.folio': cost(
    'drop one folio behind its I/O',
    150,
    350,
    1200,
    'assumed',
    'cost-model.md row 28',
  ),
  'fs.update_time': cost(
    'set the modification time, in a transaction',
    500,
    1500,
    10_000,
    'assumed',
    'a guess: a small transaction without device time',
  ),
  'fs.alloc': cost(
    'allocate blocks, in a transaction',
    1000,
    3000,
    20_000,
    'assumed',
    'a guess: more than a time stamp, less than a conversion',
  ),
  'journal.start': cost(
    'begin a transaction of the journal',
    100,
    300,
    2000,
    'assumed',
    'a guess: less than a small transaction as a whole',
  ),
  'fs.convert': cost(
    'convert or remap an extent, or update the size on disk, in a transaction',
    2000,
    5000,
    30_000,
    'assumed',
    'cost-model.md row 31',
  ),
  'log.force': cost('log force without device time', 2000, 10_000, 50_000, 'assumed', 'cost-model.md row 32'),
  'tick.handler': cost('timer tick', 1000, 2000, 8000, 'assumed', 'cost-model.md row 43'),
  'cpuhp.step': cost(
    'CPU hotplug: one state',
    1000,
    20_000,
    500_000,
    'assumed',
    'a guess: the states of 7.3.4 in its recording of a CPU that goes offline take 10 us to 1 ms, in emulation',
  ),
  'cpuhp.boot': cost(
    'CPU hotplug: a CPU starts',
    1_000_000,
    10_000_000,
    100_000_000,
    'assumed',
    'a guess: firmware and start-up code, milliseconds on real machines',
  ),
  stop_machine: cost(
    'CPU hotplug: all CPUs are stopped',
    10_000,
    100_000,
    20_000_000,
    'assumed',
    'a guess: 20 ms in the recording, in emulation',
  ),
  'rcu.grace': cost(
    'RCU grace period',
    1_000_000,
    12_000_000,
    50_000_000,
    'assumed',
    'a guess: a few ticks; 13.5 ms in the recording of a CPU that goes offline (HZ=250)',
  ),
  'worker.create': cost('create a kworker', 20_000, 60_000, 500_000, 'assumed', 'cost-model.md row 44'),
} as const satisfies Record<string, Cost>;

export type CostId = keyof typeof COSTS;
export const COST_IDS = Object.keys(COSTS) as CostId[];
export type Costs = { readonly [C in CostId]: number };

/** All costs with a scenario's overrides applied, in nanoseconds. */
export function costsOf(overrides: Partial<Record<CostId, number>>): Costs {
  const own = Object.fromEntries(COST_IDS.map((id) => [id, COSTS[id].default_ns]));
  return { ...own, ...overrides } as Costs;
}
