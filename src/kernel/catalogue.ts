/**
 * What the model consists of, for those who explain it: its rules, its functions with their kernel source files, and how
 * the fields of its objects are to be read. A kernel file that is not listed here has no explanation on the page; a test
 * compares the list with the folder.
 */
import type { Rule, Source } from '../engine/rule.ts';
import { type Field, Obj } from '../engine/struct.ts';
import * as bio from './block/bio.ts';
import * as bioComplete from './block/bio-complete.ts';
import * as bioCompleteHotplug from './block/bio-complete-hotplug.ts';
import * as blkCore from './block/blk-core.ts';
import * as bioWait from './block/bio-wait.ts';
import * as blkFlush from './block/blk-flush.ts';
import * as blkFlushIssue from './block/blk-flush-issue.ts';
import * as blkMerge from './block/blk-merge.ts';
import * as blkTimeout from './block/blk-timeout.ts';
import * as blkMq from './block/blk-mq.ts';
import * as blkMqEnd from './block/blk-mq-end.ts';
import * as blkMqAlloc from './block/blk-mq-alloc.ts';
import * as blkMqHotplug from './block/blk-mq-hotplug.ts';
import * as nvmeCore from './drivers/nvme/host/core.ts';
import * as nvmeTypes from './drivers/nvme/host/nvme.ts';
import * as nullBlk from './drivers/block/null_blk/main.ts';
import * as nvmePci from './drivers/nvme/host/pci.ts';
import * as aio from './fs/aio.ts';
import * as ext4ExtentsStatus from './fs/ext4/extents_status.ts';
import * as ext4File from './fs/ext4/file.ts';
import * as ext4Fsync from './fs/ext4/fsync.ts';
import * as ext4Inode from './fs/ext4/inode.ts';
import * as ext4InodeIomap from './fs/ext4/inode-iomap.ts';
import * as ext4InodeMap from './fs/ext4/inode-map.ts';
import * as ext4InodeOrdered from './fs/ext4/inode-ordered.ts';
import * as ext4InodeTruncate from './fs/ext4/inode-truncate.ts';
import * as ext4InodeWrite from './fs/ext4/inode-write.ts';
import * as ext4InodeWritepages from './fs/ext4/inode-writepages.ts';
import * as ext4Jbd2 from './fs/ext4/ext4_jbd2.ts';
import * as ext4PageIo from './fs/ext4/page-io.ts';
import * as ext4PageIoIomap from './fs/ext4/page-io-iomap.ts';
import * as ext4Super from './fs/ext4/super.ts';
import * as ext4Types from './fs/ext4/ext4.ts';
import * as inode from './fs/inode.ts';
import * as iomapfs from './fs/iomapfs.ts';
import * as directIo from './fs/iomap/direct-io.ts';
import * as directIoBios from './fs/iomap/direct-io-bios.ts';
import * as directIoEnd from './fs/iomap/direct-io-end.ts';
import * as directIoSimple from './fs/iomap/direct-io-simple.ts';
import * as directIoRules from './fs/iomap/direct-io-rules.ts';
import * as iomapTypes from './fs/iomap/iomap.ts';
import * as bufferedIo from './fs/iomap/buffered-io.ts';
import * as ioend from './fs/iomap/ioend.ts';
import * as ioendSubmit from './fs/iomap/ioend-submit.ts';
import * as fserror from './fs/fserror.ts';
import * as fsWriteback from './fs/fs-writeback.ts';
import * as pagemapTypes from './include/linux/pagemap.ts';
import * as bufferedRead from './fs/iomap/buffered-io-read.ts';
import * as iomapBio from './fs/iomap/bio.ts';
import * as mpage from './fs/mpage.ts';
import * as ext4Readpage from './fs/ext4/readpage.ts';
import * as xfsAopsRead from './fs/xfs/xfs_aops-read.ts';
import * as zonefsBuffered from './fs/zonefs/file-buffered.ts';
import * as zonefsOps from './fs/zonefs/file-ops.ts';
import * as readahead from './mm/readahead.ts';
import * as bufferedFault from './fs/iomap/buffered-io-fault.ts';
import * as filemapFault from './mm/filemap-fault.ts';
import * as xfsFileFault from './fs/xfs/xfs_file-fault.ts';
import * as buffer from './fs/buffer.ts';
import * as fops from './block/fops.ts';
import * as fuseDev from './fs/fuse/dev.ts';
import * as fuseDevIo from './fs/fuse/dev-io.ts';
import * as fuseDir from './fs/fuse/dir.ts';
import * as fuseFile from './fs/fuse/file.ts';
import * as fuseFileWriteback from './fs/fuse/file-writeback.ts';
import * as fuseTypes from './fs/fuse/fuse_i.ts';
import * as gfs2Aops from './fs/gfs2/aops.ts';
import * as gfs2Bmap from './fs/gfs2/bmap.ts';
import * as gfs2File from './fs/gfs2/file.ts';
import * as gfs2Log from './fs/gfs2/log.ts';
import * as gfs2Super from './fs/gfs2/super.ts';
import * as iomapIter from './fs/iomap/iter.ts';
import * as journal from './fs/jbd2/journal.ts';
import * as open from './fs/open.ts';
import * as overlay from './fs/overlayfs/file.ts';
import * as readWrite from './fs/read_write.ts';
import * as sync from './fs/sync.ts';
import * as xfsAops from './fs/xfs/xfs_aops.ts';
import * as xfsAopsWritepages from './fs/xfs/xfs_aops-writepages.ts';
import * as xfsFile from './fs/xfs/xfs_file.ts';
import * as xfsIomap from './fs/xfs/xfs_iomap.ts';
import * as xfsIops from './fs/xfs/xfs_iops.ts';
import * as xfsReflink from './fs/xfs/xfs_reflink.ts';
import * as xfsZone from './fs/xfs/xfs_zone_alloc.ts';
import * as xfsLog from './fs/xfs/xfs_log.ts';
import * as zonefs from './fs/zonefs/file.ts';
import * as bioTypes from './include/linux/bio.ts';
import * as blkMqTypes from './include/linux/blk-mq.ts';
import * as blkTypes from './include/linux/blk_types.ts';
import * as fsTypes from './include/linux/fs.ts';
import * as ioUringTypes from './include/linux/io_uring_types.ts';
import * as workqueueTypes from './include/linux/workqueue.ts';
import * as cpuhotplugTypes from './include/linux/cpuhotplug.ts';
import * as interruptTypes from './include/linux/interrupt.ts';
import * as ioWq from './io_uring/io-wq.ts';
import * as ioUring from './io_uring/io_uring.ts';
import * as rw from './io_uring/rw.ts';
import * as sqpoll from './io_uring/sqpoll.ts';
import * as tw from './io_uring/tw.ts';
import * as wait from './io_uring/wait.ts';
import * as cpu from './kernel/cpu.ts';
import * as entry from './kernel/entry/common.ts';
import * as irqHandle from './kernel/irq/handle.ts';
import * as irqHotplug from './kernel/irq/cpuhotplug.ts';
import * as irqManage from './kernel/irq/manage.ts';
import * as rcuTree from './kernel/rcu/tree.ts';
import * as sched from './kernel/sched/core.ts';
import * as smpboot from './kernel/smpboot.ts';
import * as stopMachine from './kernel/stop_machine.ts';
import * as taskWork from './kernel/task_work.ts';
import * as hrtimer from './kernel/time/hrtimer.ts';
import * as timer from './kernel/time/timer.ts';
import * as workqueue from './kernel/workqueue.ts';
import * as filemapDropbehind from './mm/filemap-dropbehind.ts';
import * as filemapDropbehindBatch from './mm/filemap-dropbehind-batch.ts';
import * as workqueueCancel from './kernel/workqueue-cancel.ts';
import * as workqueueDelayed from './kernel/workqueue-delayed.ts';
import * as workqueueHotplug from './kernel/workqueue-hotplug.ts';
import * as filemap from './mm/filemap.ts';
import * as filemapRead from './mm/filemap-read.ts';
import * as filemapWrite from './mm/filemap-write.ts';
import * as bufferHeadTypes from './include/linux/buffer_head.ts';
import * as filemapLock from './mm/filemap-lock.ts';
import * as filemapLookup from './mm/filemap-lookup.ts';
import * as memory from './mm/memory.ts';
import * as pageWriteback from './mm/page-writeback.ts';
import * as swap from './mm/swap.ts';
import * as memcontrolV1 from './mm/memcontrol-v1.ts';
import * as vmscan from './mm/vmscan.ts';
import * as truncate from './mm/truncate.ts';

export type { Field, Rule, Source };

/** Modules of the model by the kernel source file that they mirror; a long one is mirrored by several, with a suffix each. */
const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'block/bio.c': { ...bioComplete, ...bioCompleteHotplug, ...bio, ...bioWait },
  'block/blk-core.c': blkCore,
  'block/blk-flush.c': { ...blkFlush, ...blkFlushIssue },
  'block/blk-merge.c': blkMerge,
  'block/blk-timeout.c': blkTimeout,
  'block/blk-mq.c': { ...blkMq, ...blkMqAlloc, ...blkMqEnd, ...blkMqHotplug },
  'drivers/block/null_blk/main.c': nullBlk,
  'block/fops.c': fops,
  'drivers/nvme/host/core.c': nvmeCore,
  'drivers/nvme/host/nvme.h': nvmeTypes,
  'drivers/nvme/host/pci.c': nvmePci,
  'fs/aio.c': aio,
  'fs/ext4/file.c': ext4File,
  'fs/ext4/fsync.c': ext4Fsync,
  'fs/ext4/inode.c': {
    ...ext4Inode,
    ...ext4InodeIomap,
    ...ext4InodeMap,
    ...ext4InodeOrdered,
    ...ext4InodeTruncate,
    ...ext4InodeWrite,
    ...ext4InodeWritepages,
  },
  'fs/ext4/ext4.h': ext4Types,
  'fs/ext4/super.c': ext4Super,
  'fs/ext4/ext4_jbd2.c': ext4Jbd2,
  'fs/ext4/extents_status.c': ext4ExtentsStatus,
  'fs/ext4/page-io.c': { ...ext4PageIo, ...ext4PageIoIomap },
  'fs/ext4/readpage.c': ext4Readpage,
  'fs/fserror.c': fserror,
  'fs/fuse/dev.c': { ...fuseDev, ...fuseDevIo },
  'fs/fuse/dir.c': fuseDir,
  'fs/fuse/file.c': { ...fuseFile, ...fuseFileWriteback },
  'fs/fuse/fuse_i.h': fuseTypes,
  'fs/gfs2/aops.c': gfs2Aops,
  'fs/gfs2/bmap.c': gfs2Bmap,
  'fs/gfs2/file.c': gfs2File,
  'fs/gfs2/log.c': gfs2Log,
  'fs/gfs2/super.c': gfs2Super,
  'fs/inode.c': inode,
  'fs/iomap/direct-io.c': {
    ...directIo,
    ...directIoBios,
    ...directIoEnd,
    ...directIoRules,
    ...directIoSimple,
  },
  'include/linux/iomap.h': iomapTypes,
  'fs/iomap/ioend.c': { ...ioend, ...ioendSubmit },
  'fs/iomap/iter.c': iomapIter,
  'fs/iomapfs.ts (not of Linux)': iomapfs,
  'fs/jbd2/journal.c': journal,
  'fs/buffer.c': buffer,
  'fs/open.c': open,
  'fs/overlayfs/file.c': overlay,
  'fs/read_write.c': readWrite,
  'fs/sync.c': sync,
  'fs/xfs/xfs_file.c': { ...xfsFile, ...xfsFileFault },
  'fs/xfs/xfs_iomap.c': xfsIomap,
  'fs/xfs/xfs_iops.c': xfsIops,
  'fs/xfs/xfs_aops.c': { ...xfsAops, ...xfsAopsRead, ...xfsAopsWritepages },
  'fs/xfs/xfs_reflink.c': xfsReflink,
  'fs/xfs/xfs_zone_alloc.c': xfsZone,
  'fs/xfs/xfs_log.c': xfsLog,
  'fs/zonefs/file.c': { ...zonefs, ...zonefsBuffered, ...zonefsOps },
  'include/linux/bio.h': bioTypes,
  'include/linux/blk-mq.h': blkMqTypes,
  'include/linux/blk_types.h': blkTypes,
  'include/linux/cpuhotplug.h': cpuhotplugTypes,
  'include/linux/fs.h': fsTypes,
  'include/linux/interrupt.h': interruptTypes,
  'include/linux/io_uring_types.h': ioUringTypes,
  'include/linux/workqueue.h': workqueueTypes,
  'io_uring/io-wq.c': ioWq,
  'io_uring/io_uring.c': ioUring,
  'io_uring/rw.c': rw,
  'io_uring/sqpoll.c': sqpoll,
  'io_uring/tw.c': tw,
  'io_uring/wait.c': wait,
  'kernel/cpu.c': cpu,
  'kernel/entry/common.c': entry,
  'kernel/irq/cpuhotplug.c': irqHotplug,
  'kernel/irq/handle.c': irqHandle,
  'kernel/irq/manage.c': irqManage,
  'kernel/rcu/tree.c': rcuTree,
  'kernel/sched/core.c': sched,
  'kernel/smpboot.c': smpboot,
  'kernel/stop_machine.c': stopMachine,
  'kernel/task_work.c': taskWork,
  'kernel/time/hrtimer.c': hrtimer,
  'kernel/time/timer.c': timer,
  'kernel/workqueue.c': { ...workqueue, ...workqueueCancel, ...workqueueDelayed, ...workqueueHotplug },
  'mm/filemap.c': {
    ...filemapDropbehind,
    ...filemapDropbehindBatch,
    ...filemap,
    ...filemapRead,
    ...filemapWrite,
    ...filemapLock,
    ...filemapLookup,
    ...filemapFault,
  },
  'mm/memory.c': memory,
  'mm/memcontrol-v1.c': memcontrolV1,
  'mm/page-writeback.c': pageWriteback,
  'mm/readahead.c': readahead,
  'mm/swap.c': swap,
  'mm/truncate.c': truncate,
  'mm/vmscan.c': vmscan,
  'include/linux/pagemap.h': pagemapTypes,
  'include/linux/buffer_head.h': bufferHeadTypes,
  'fs/fs-writeback.c': fsWriteback,
  'fs/iomap/bio.c': iomapBio,
  'fs/iomap/buffered-io.c': { ...bufferedIo, ...bufferedRead, ...bufferedFault },
  'fs/mpage.c': mpage,
};

/** A modelled kernel function: the source file it is found in. */
export type FunctionText = { readonly file: string };

export const RULES: ReadonlyMap<string, Rule> = new Map(
  exported(isRule).map(([, , rule]): [string, Rule] => [rule.id, rule]),
);

export const FUNCTIONS: ReadonlyMap<string, FunctionText> = new Map(
  exported(isGeneratorFunction).map(([file, name]): [string, FunctionText] => [name, { file }]),
);

/** How to read a field's numbers, by "type.field". */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  exported(isObjectClass).flatMap(([, , cls]) =>
    Object.entries(cls.fields).map(([name, field]): [string, Field] => [`${cls.type}.${name}`, field]),
  ),
);

function exported<T>(is: (value: unknown) => value is T): [file: string, name: string, value: T][] {
  return Object.entries(MODULES).flatMap(([file, module]) =>
    Object.entries(module).flatMap(([name, value]): [string, string, T][] =>
      is(value) ? [[file, name, value]] : [],
    ),
  );
}

function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'asks' in value && 'source' in value;
}

function isGeneratorFunction(value: unknown): value is GeneratorFunction {
  return typeof value === 'function' && value.constructor.name === 'GeneratorFunction';
}

function isObjectClass(value: unknown): value is typeof Obj {
  return typeof value === 'function' && value.prototype instanceof Obj;
}
