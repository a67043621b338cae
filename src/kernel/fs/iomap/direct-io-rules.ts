/** The decisions of a direct I/O, in the order in which they are taken. Source: fs/iomap/direct-io.c. */
import { rule } from '../../../engine/rule.ts';

const FILE = 'fs/iomap/direct-io.c';

export const dioWaits = rule({
  id: 'dio-waits',
  asks: 'Does the submitter wait for this I/O itself?',
  test: 'is_sync_kiocb(iocb) || (dio_flags & IOMAP_DIO_FORCE_WAIT)',
  inputs: ['is_sync_kiocb', 'dio_flags'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const readPastEof = rule({
  id: 'dio-read-past-eof',
  asks: 'Does the read begin at or after the end of the file, so that there is nothing to read?',
  test: 'iomi.pos >= dio->i_size',
  inputs: ['pos', 'i_size'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const needsSync = rule({
  id: 'dio-needs-sync',
  asks: 'Must the data be stable before the write is reported, and may single writes see to it themselves?',
  test: 'iocb_is_dsync(iocb)  /* and then !(iocb->ki_flags & IOCB_SYNC): try with FUA */',
  inputs: ['ki_flags'],
  outcomes: {
    0: 'no sync',
    1: 'O_DSYNC: NEED_SYNC, and the hope that every write reaches stable media by itself',
    2: 'O_SYNC: NEED_SYNC',
  },
  source: { kind: 'code', file: FILE, commit: '3a0be38cc84d', note: '__iomap_dio_rw' },
});

export const endsPastEof = rule({
  id: 'dio-ends-past-eof',
  asks: 'Does the write end past the end of the file, so that a task must update the size?',
  test: 'iomi.pos + iomi.len > dio->i_size',
  inputs: ['pos', 'length', 'i_size'],
  source: { kind: 'code', file: FILE, commit: 'eca9dc20891d', note: '__iomap_dio_rw' },
});

export const usesFua = rule({
  id: 'dio-uses-fua',
  asks: 'Can this write go to stable media by itself, as REQ_FUA?',
  test: '!(iomap->flags & (IOMAP_F_SHARED | IOMAP_F_DIRTY)) && (dio->flags & IOMAP_DIO_WRITE_THROUGH) && (bdev_fua(iomap->bdev) || !bdev_write_cache(iomap->bdev))',
  inputs: ['iomap flags', 'dio flags', 'bdev_fua', 'bdev_write_cache'],
  source: {
    kind: 'mail',
    id: '20230720181310.71589-4-axboe@kernel.dk',
    note: 'patch 3; commits 3a0be38cc84d and 29086a31b3ab',
  },
});

export const callerMaySync = rule({
  id: 'dio-caller-sync',
  asks: 'Does the write need a sync that FUA does not cover, so that the caller must not finish it?',
  test: '(dio->flags & IOMAP_DIO_NEED_SYNC) && !use_fua',
  inputs: ['dio flags', 'use_fua', 'iomap type', 'iomap flags'],
  source: {
    kind: 'mail',
    id: 'ZLsBMGe/X62e92Tz@dread.disaster.area',
    note: 'Chinner on patch 8; commit 8c052fb3002e',
  },
});

export const callerZeroes = rule({
  id: 'dio-caller-zeroing',
  asks: 'Is the extent unwritten or new, so that the caller must not finish the write?',
  test: 'need_zeroout',
  inputs: ['iomap type', 'iomap flags'],
  source: { kind: 'mail', id: 'ZLsBMGe/X62e92Tz@dread.disaster.area', note: 'commit 8c052fb3002e' },
});

export const metadataPunt = rule({
  id: 'dio-metadata-needs-task',
  asks: 'Will the extent have to be converted or remapped, so that only a task can finish the write?',
  test: 'iomap->type == IOMAP_UNWRITTEN || (iomap->flags & (IOMAP_F_NEW | IOMAP_F_SHARED))',
  inputs: ['iomap type', 'iomap flags'],
  source: { kind: 'code', file: FILE, commit: 'eca9dc20891d', note: 'iomap_dio_bio_iter' },
});

export const zeroesAround = rule({
  id: 'dio-zeroes-around',
  asks: 'Is the rest of the block around the write to be zeroed on the device?',
  test: 'need_zeroout || ((dio->flags & IOMAP_DIO_WRITE) && pos >= i_size_read(inode))  /* before the data: need_zeroout */',
  inputs: ['bytes before', 'bytes after', 'pos', 'i_size'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_iter' },
});

export const submissionFailed = rule({
  id: 'dio-submission-failed',
  asks: 'Has a bio of this I/O failed already, so that no further one is issued?',
  test: 'dio->error',
  inputs: ['error'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_iter' },
});

export const allWrittenThrough = rule({
  id: 'dio-all-written-through',
  asks: 'Did every write go to stable media by itself, so that no sync is needed after them?',
  test: 'dio->flags & IOMAP_DIO_WRITE_THROUGH',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const syncPunt = rule({
  id: 'dio-sync-needs-task',
  asks: 'Is a sync left to do after the write, which only a task can do?',
  test: 'dio->flags & IOMAP_DIO_NEED_SYNC',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, commit: 'eca9dc20891d', note: '__iomap_dio_rw' },
});

export const errorToTask = rule({
  id: 'dio-error-to-task',
  asks: 'Did the I/O fail, so that a task must finish it?',
  test: 'dio->error',
  inputs: ['error'],
  source: {
    kind: 'mail',
    id: '20251113170633.1453259-1-hch@lst.de',
    note: 'zonefs takes locks on errors; commit ddb4873286e0',
  },
});

export const syncsAfter = rule({
  id: 'dio-syncs-after',
  asks: 'Must the write be made durable now, before it is reported?',
  test: 'dio->flags & IOMAP_DIO_NEED_SYNC',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_complete' },
});

export const shortRead = rule({
  id: 'dio-short-read',
  asks: 'Did the read reach past the end of the file, so that less is reported?',
  test: 'offset + ret > dio->i_size && !(dio->flags & IOMAP_DIO_WRITE)',
  inputs: ['pos', 'size', 'i_size'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_complete' },
});

export const callerRequested = rule({
  id: 'dio-caller-requested',
  asks: 'Did the issuer offer to finish the write in its own task?',
  test: 'iocb->ki_flags & IOCB_DIO_CALLER_COMP',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: FILE, commit: '8c052fb3002e' },
});

export const callerPastEof = rule({
  id: 'dio-caller-past-eof',
  asks: 'Does the write begin at or after the end of the file, so that the caller must not finish it?',
  test: 'pos >= i_size_read(inode)',
  inputs: ['pos', 'i_size'],
  source: {
    kind: 'mail',
    id: 'ZLsBMGe/X62e92Tz@dread.disaster.area',
    note: 'Chinner on patch 8; commit 8c052fb3002e',
  },
});

export const hipriDropped = rule({
  id: 'dio-hipri-dropped',
  asks: 'Is polling given up for this mapping before its first bio?',
  test: '!(dio->flags & (IOMAP_DIO_INLINE_COMP|IOMAP_DIO_CALLER_COMP))  /* v6.5: need_zeroout || pos >= i_size; v6.19: dio->flags & IOMAP_DIO_COMP_WORK */',
  inputs: ['dio flags', 'ki_flags'],
  source: { kind: 'code', file: FILE, commit: '7b3c14d1a96b', note: 'iomap_dio_bio_iter' },
});

export const moreBios = rule({
  id: 'dio-more-bios',
  asks: 'Does another bio follow? Only an I/O of a single bio can be polled.',
  test: 'nr_pages = bio_iov_vecs_to_alloc(dio->submit.iter, BIO_MAX_VECS)',
  inputs: ['bytes left'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_iter' },
});

export const bioPolled = rule({
  id: 'dio-bio-polled',
  asks: 'Is the bio marked for polling?',
  test: '(dio->iocb->ki_flags & IOCB_HIPRI) && !is_sync_kiocb(dio->iocb)',
  inputs: ['ki_flags', 'is_sync_kiocb'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_submit_bio' },
});

export const submitterLast = rule({
  id: 'dio-submitter-last',
  asks: 'Had all bios ended before the submitter gave up its own reference?',
  test: 'atomic_dec_and_test(&dio->ref)',
  inputs: ['ref'],
  source: { kind: 'code', file: FILE, note: '__iomap_dio_rw' },
});

export const lastBio = rule({
  id: 'dio-last-bio',
  asks: 'Was this the last bio of the I/O?',
  test: 'atomic_dec_and_test(&dio->ref)',
  inputs: ['ref'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_end_io' },
});

export const wakeWaiter = rule({
  id: 'dio-wake-waiter',
  asks: 'Does the submitter sleep for it, so that waking it is all there is to do?',
  test: 'dio->wait_for_completion',
  inputs: ['wait_for_completion'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_bio_end_io' },
});

export const endsInline = rule({
  id: 'dio-inline',
  asks: 'May the completion run right here, in the context that ended the last bio?',
  test: 'dio->flags & IOMAP_DIO_INLINE_COMP  /* v6.5: !(dio->flags & IOMAP_DIO_WRITE); v6.19: !(dio->flags & IOMAP_DIO_COMP_WORK) */',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, commit: '7b3c14d1a96b', note: 'iomap_dio_bio_end_io' },
});

export const endsInCaller = rule({
  id: 'dio-caller-comp',
  asks: 'Does the issuer finish it in its own task, through ki_complete and dio_complete?',
  test: 'dio->flags & IOMAP_DIO_CALLER_COMP',
  inputs: ['dio flags'],
  source: { kind: 'code', file: FILE, commit: '8c052fb3002e', note: 'iomap_dio_bio_end_io' },
});

export const invalidateAfter = rule({
  id: 'dio-invalidate-after',
  asks: 'Are cached pages of the range dropped now that the data is on the device?',
  test: '!error && size && (dio->flags & IOMAP_DIO_WRITE) && !(dio->flags & IOMAP_DIO_NO_INVALIDATE)',
  inputs: ['error', 'size', 'dio flags'],
  source: { kind: 'code', file: FILE, note: 'iomap_dio_complete' },
});

export const stillPolled = rule({
  id: 'dio-still-polled',
  asks: 'Is the bio that ended still a polled one, so that this is the task that polls?',
  test: 'bio->bi_opf & REQ_POLLED',
  inputs: ['bi_opf'],
  source: { kind: 'mail', id: '20230720181310.71589-5-axboe@kernel.dk', note: 'patch 4 of version 4 only' },
});

export const cachedPages = rule({
  id: 'dio-cached-pages',
  asks: 'Has the file pages in the cache, which only a task may drop after the write?',
  test: 'dio->iocb->ki_filp->f_mapping->nrpages',
  inputs: ['nrpages'],
  source: { kind: 'code', file: FILE, commit: 'eca9dc20891d', note: 'iomap_dio_done' },
});
