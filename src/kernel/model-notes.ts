/**
 * What the model leaves out, simplifies or assumes, in the words that the page shows. Whoever models a thing deletes its
 * line here; whoever simplifies one adds a line.
 */
export type ModelNote = { readonly kind: 'not modelled' | 'simplified' | 'assumed'; readonly text: string };

export const MODEL_NOTES: readonly ModelNote[] = [
  {
    kind: 'simplified',
    text: 'Readahead grows as in mm/readahead.c, for reads only: nobody gives advice, the device is never congested, and nothing is read around a page fault. Whoever is called back when a folio is unlocked comes before who sleeps for it. Of a folio of several blocks that is not valid, a write reads all that it leaves.',
  },
  {
    kind: 'not modelled',
    text: 'Inline data, atomic writes, bounce buffers, page faults in the application’s buffer, falling back from direct to buffered I/O.',
  },
  {
    kind: 'not modelled',
    text: 'Retries and failover of the NVMe driver: an injected error is final. Of timeouts only that of a polled request which nobody polls for.',
  },
  {
    kind: 'not modelled',
    text: 'Filesystems other than XFS, XFS on zones, ext4, gfs2, zonefs, FUSE and overlayfs; direct I/O on gfs2, on FUSE and on a block device itself, stacked devices, devices other than NVMe and null_blk, I/O schedulers.',
  },
  {
    kind: 'not modelled',
    text: 'Merging of bios in the block layer; cgroups; zone write plugs; integrity data.',
  },
  {
    kind: 'not modelled',
    text: 'Linked and cancelled requests, registered buffers and files of io_uring, several rings that share a thread or workers, overflow of the completion ring.',
  },
  {
    kind: 'not modelled',
    text: 'The rescuer of workqueues; NMIs.',
  },
  {
    kind: 'simplified',
    text: 'The scheduler is a FIFO of tasks a CPU with a slice of 3 ms and real-time tasks first, not EEVDF. A woken task goes to its last CPU, or to an idle one that it may use.',
  },
  {
    kind: 'simplified',
    text: 'A woken task of the same class always preempts (a setting of the machine); real kernels do so less often, above all not when a task wakes another. The locks of NVMe submission queues and of worker pools are not taken, so the preempt depth of what runs under them is lower by one.',
  },
  {
    kind: 'simplified',
    text: 'PREEMPT_RT is that of 7.3: priorities are not inherited by who holds a lock that others wait for, several tasks of a CPU may have bottom halves off at once, and of its sleeping locks only the spinlocks that are modelled are taken.',
  },
  {
    kind: 'simplified',
    text: 'With threadirqs the handler runs as recorded for 7.3.4: timers have a thread, ktimers, of their own, which kernels before 6.13 do not have.',
  },
  {
    kind: 'simplified',
    text: 'An interrupt vector is bound to the first CPU of its queue’s group; the kernel picks the least loaded one.',
  },
  {
    kind: 'simplified',
    text: 'A CPU goes offline in the states that matter to block I/O, of some ninety; nothing fails on the way. Its tasks leave it at once, and all CPUs are stopped for one fixed time. Who was bound to it is bound to nothing afterwards. io-wq does not notice.',
  },
  {
    kind: 'simplified',
    text: 'A wait in a poll loop is one event that says how often the loop looked in vain; a contended spinlock likewise.',
  },
  {
    kind: 'simplified',
    text: 'Workers of io-wq do not exit when they are idle. The lock of a ring is taken for IOPOLL rings only, where two tasks meet at it; a mutex is handed over in order, nobody spins for it. DEFER_TASKRUN rings wake lazily in all kernels (since 6.4).',
  },
  {
    kind: 'simplified',
    text: 'Files are lists of extents that never run out of space; they lie one after the other on the device, which serves any number of commands at once. XFS zeroes nothing between the old end of a file and a write behind it.',
  },
  {
    kind: 'simplified',
    text: 'Block devices have large folios in all kernels (in Linux since 6.15), and blocks of 4 KiB. Buffer heads are not locked; what a write leaves of a block is read block by block. A failed mapping can only be injected where a buffer has no place yet: in a page that was cached and is dirtied through a mapping.',
  },
  {
    kind: 'simplified',
    text: 'gfs2 is that of one machine: no glocks, no journalled and no stuffed data, no large folios. Its log writes two blocks and a header, and the block of an inode is one bio.',
  },
  {
    kind: 'simplified',
    text: 'Reclaim is that of a task that empties its memory cgroup: it goes over the folios of one file, of which none was used lately, and gives up after two passes in vain (the kernel after sixteen). Neither kswapd nor a shortage of memory is there.',
  },
  {
    kind: 'simplified',
    text: 'FUSE is that with writeback_cache since v6.17, buffered writes only: one daemon with one thread, which never goes away and keeps the data in memory. Its kernel side knows the attributes of a file, requests are never interrupted, and no folio has several pages.',
  },
  {
    kind: 'simplified',
    text: 'Who forces the log of XFS writes one buffer of it itself; the journal of ext4 writes one block and a commit record. The allocator, the free space and the contents of both are not there, only what a sync waits for.',
  },
  {
    kind: 'simplified',
    text: 'ext4 allocates late (delalloc) and as unwritten blocks (dioread_nolock), and never runs out of space. Its transactions have no credits or reserved handles, and a commit waits neither for them nor for data (data=ordered adds nothing to unwritten blocks). An abort is noticed by whoever begins a transaction next.',
  },
  {
    kind: 'simplified',
    text: 'The rest of the block in which an ext4 file ends is zeroed when the file grows only on iomap v4 and the plan, which order these zeros before the size; zeros that are truncated away or cannot be mapped are waited for by nobody (an assumption).',
  },
  {
    kind: 'assumed',
    text: 'ext4 on iomap is a series that is not merged. Of the plan of 30 June 2026 no code was seen: every ioend is taken to get ext4’s handler, which always leaves it to the worker, and the sequence check is put where v4 looks up again.',
  },
  {
    kind: 'simplified',
    text: 'The filesystem “iomap” is none of Linux: it maps a range exactly as the scenario says, takes no locks and never says -EAGAIN, and ends and syncs a write as XFS does.',
  },
  {
    kind: 'simplified',
    text: 'Each worker pool starts with two idle workers, as one that has been in use; CPUs without work have no tick.',
  },
  {
    kind: 'assumed',
    text: 'Durations are parameters with a tag each; most are engineering guesses of the right order (assumed), few are measured or derived. Times say what is likely, paths say what is so.',
  },
  {
    kind: 'assumed',
    text: 'Submission spends half of its cost in iomap and half in the block layer, and less for the second and later requests of a plug.',
  },
  {
    kind: 'assumed',
    text: 'The application’s buffer is scattered 4 KiB pages, so a bio carries at most 1 MiB; what exceeds 4 KiB adds transfer time.',
  },
];
