/**
 * Writeback of FUSE through iomap, with a context of its own: `wb_ctx` is no ioend, nothing here is a bio, and folios are ended
 * by the daemon's answer, in its task. Source: fs/fuse/file.c (v6.17 and v6.18; from v6.19 on pending bytes are counted as here).
 */
import { assert } from '../../../base/assert.ts';
import { rule } from '../../../engine/rule.ts';
import { hostOf, type Inode } from '../../include/linux/fs.ts';
import type { AddressSpace, Folio, WritebackControl } from '../../include/linux/pagemap.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { wake_up_process } from '../../kernel/sched/core.ts';
import { mapping_set_error } from '../../mm/filemap.ts';
import {
  iomap_finish_folio_write,
  iomap_writepages,
  type IomapWritebackOps,
  type IomapWritepageCtx,
} from '../iomap/buffered-io.ts';
import type { Iomap } from '../iomap/iomap.ts';
import { writepageCtx } from '../iomap/ioend-submit.ts';
import { fuse_simple_background } from './dev.ts';
import {
  fuse_conn,
  FUSE_DEFAULT_CONGESTION_THRESHOLD,
  FUSE_DEFAULT_MAX_PAGES_PER_REQ,
  FUSE_MAX_WRITE,
  type FuseArgs,
  FuseFillWbData,
  FuseWritepageArgs,
  get_fuse_inode,
} from './fuse_i.ts';

const FILE = 'fs/fuse/file.c';
/** FUSE maps nothing: where data lies is the daemon's business. */
const EVERYTHING: Iomap = { type: 'IOMAP_MAPPED', flags: 0, addr: 0, offset: 0, length: Infinity };

export const congested = rule({
  id: 'fuse-congested',
  asks: 'Is this writeback not for integrity, and does the daemon have much to do already, so that it is put off?',
  test: 'wbc->sync_mode == WB_SYNC_NONE && fc->num_background >= fc->congestion_threshold',
  inputs: ['num_background'],
  source: { kind: 'code', file: FILE, note: 'fuse_writepages' },
});

export const needSend = rule({
  id: 'fuse-need-send',
  asks: 'Can this piece not join the request that is being filled, so that this one is sent?',
  test: 'wpa && fuse_writepage_need_send(fc, pos, len, ap, data)',
  inputs: ['pos', 'why'],
  outcomes: {
    0: 'no: it joins, or begins the first',
    1: 'yes: what is filled is sent, and a new request begins',
  },
  source: { kind: 'code', file: FILE, note: 'fuse_iomap_writeback_range' },
});

/** Why a request is sent, as `fuse-need-send` logs it. */
export const SENDS = { nothing: 0, maxPages: 1, maxWrite: 2, elsewhereInFile: 3 } as const;

export const submitsArgs = rule({
  id: 'fuse-submits-args',
  asks: 'Is a request being filled? It is sent, even if the pass has failed: its folios can only be ended by an answer.',
  test: 'data->wpa',
  inputs: ['num_folios', 'error'],
  source: { kind: 'code', file: FILE, note: 'fuse_iomap_writeback_submit' },
});

export const sendsWrites = rule({
  id: 'fuse-sends-writes',
  asks: 'May writes of the file be sent, and is one queued?',
  test: 'fi->writectr >= 0 && !list_empty(&fi->queued_writes)',
  inputs: ['writectr', 'queued'],
  source: { kind: 'code', file: FILE, note: 'fuse_flush_writepages' },
});

export const truncatedOff = rule({
  id: 'fuse-truncated-off',
  asks: 'Does the request begin behind the end of the file, so that nothing is left to be written?',
  test: 'inarg->offset >= size',
  inputs: ['offset', 'i_size'],
  source: { kind: 'code', file: FILE, note: 'fuse_send_writepage' },
});

/** One pass of writeback over a file. Returns 0 or a negative errno. Task context. */
export function* fuse_writepages(k: Kernel, mapping: AddressSpace, wbc: WritebackControl): KernelFn<number> {
  const inode = hostOf(mapping);
  const { num_background } = k.of(fuse_conn);
  const busy = wbc.sync_mode === 'WB_SYNC_NONE' && num_background >= FUSE_DEFAULT_CONGESTION_THRESHOLD;
  if (k.decide(congested, busy, num_background)) return 0;
  const data = new FuseFillWbData(k, inode);
  const wpc = { ...writepageCtx(inode, wbc, fuse_writeback_ops), iomap: EVERYTHING, wb_ctx: data };
  const error = yield* k.callAbout(inode, iomap_writepages, wpc);
  k.free(data);
  return error;
}

/** Adds a dirty range of a folio to the request that is being filled, or sends that one and begins another. Returns the bytes
 *  that were dealt with, or -EIO if no file is open for writing. With the folio locked and under writeback. */
export function* fuse_iomap_writeback_range(
  k: Kernel,
  wpc: IomapWritepageCtx,
  folio: Folio,
  pos: number,
  len: number,
): KernelFn<number> {
  const { inode } = wpc;
  const data = fillDataOf(wpc);
  data.hasFile ||= yield* k.callAbout(inode, fuse_write_file_get, inode);
  if (!data.hasFile) return EIO;
  const why = data.wpa === null ? SENDS.nothing : fuse_writepage_need_send(data, data.wpa, pos, len);
  if (k.decide(needSend, why !== SENDS.nothing, pos, why)) {
    yield* k.callAbout(inode, fuse_writepages_send, inode, data);
    data.wpa = null;
    data.nr_bytes = 0;
  }
  yield k.spend(k.costs['ioend.add']);
  const wpa = (data.wpa ??= new FuseWritepageArgs(k, inode, pos));
  if (folio.order > 0) folio.write_bytes_pending = folio.write_bytes_pending + len;
  wpa.pieces.push({ folio, offset: pos - folio.pos, length: len });
  wpa.num_folios = wpa.num_folios + 1;
  data.nr_bytes = data.nr_bytes + len;
  return len;
}

/** Is any file open for writing, in whose name the data can be sent? Simplified: one is, unless the scenario says otherwise. */
export function* fuse_write_file_get(k: Kernel, inode: Inode): KernelFn<boolean> {
  const fi = get_fuse_inode(k, inode);
  yield* k.spinLock(fi.lock);
  const found = !inode.extents.lookupFails();
  k.spinUnlock(fi.lock);
  return found;
}

/** The conditions in the kernel's order; its array of folios never fails to grow. */
function fuse_writepage_need_send(
  { nr_bytes }: FuseFillWbData,
  { pieces }: FuseWritepageArgs,
  pos: number,
  len: number,
): number {
  const bytes = nr_bytes + len;
  if (Math.ceil(bytes / 4096) > FUSE_DEFAULT_MAX_PAGES_PER_REQ) return SENDS.maxPages;
  if (bytes > FUSE_MAX_WRITE) return SENDS.maxWrite;
  const last = pieces.at(-1);
  const joins = last !== undefined && last.folio.pos + last.offset + last.length === pos;
  return joins ? SENDS.nothing : SENDS.elsewhereInFile;
}

/** The end of a pass: sends what is filled, also after an error, which it passes on. Task context. */
export function* fuse_iomap_writeback_submit(
  k: Kernel,
  wpc: IomapWritepageCtx,
  error: number,
): KernelFn<number> {
  const data = fillDataOf(wpc);
  if (k.decide(submitsArgs, data.wpa !== null, data.wpa?.num_folios ?? 0, error))
    yield* k.callAbout(wpc.inode, fuse_writepages_send, wpc.inode, data);
  return error;
}

function fillDataOf({ wb_ctx }: IomapWritepageCtx): FuseFillWbData {
  assert(wb_ctx instanceof FuseFillWbData, 'a pass of FUSE has a context of FUSE');
  return wb_ctx;
}

/** Queues the request that was filled, and sends it unless somebody holds writes back. */
export function* fuse_writepages_send(k: Kernel, inode: Inode, { wpa }: FuseFillWbData): KernelFn {
  const fi = get_fuse_inode(k, inode);
  if (wpa === null) return;
  yield* k.spinLock(fi.lock);
  fi.queued_writes.push(wpa);
  k.put(wpa, fi);
  yield* k.call(fuse_flush_writepages, inode);
  k.spinUnlock(fi.lock);
}

/** Sends the queued writes of a file, if that is allowed. Under fi->lock. */
export function* fuse_flush_writepages(k: Kernel, inode: Inode): KernelFn {
  const fi = get_fuse_inode(k, inode);
  const { queued_writes } = fi;
  for (;;) {
    const [wpa] = queued_writes;
    const sends = fi.writectr >= 0 && wpa !== undefined;
    if (!k.decide(sendsWrites, sends, fi.writectr, queued_writes.length) || wpa === undefined) return;
    queued_writes.shift();
    k.take(wpa, fi);
    yield* k.call(fuse_send_writepage, wpa, inode.i_size);
  }
}

/** Sends one write, cut at the end of the file. Under fi->lock, which it gives up when there is nothing to send. */
export function* fuse_send_writepage(k: Kernel, wpa: FuseWritepageArgs, size: number): KernelFn {
  const { inode, offset, pieces } = wpa;
  const fi = get_fuse_inode(k, inode);
  fi.writectr = fi.writectr + 1;
  if (!k.decide(truncatedOff, offset >= size, offset, size)) {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    wpa.size = Math.min(bytes, size - offset);
    const args: FuseArgs = {
      opcode: 'FUSE_WRITE',
      inode,
      about: wpa,
      offset,
      size: wpa.size,
      end: fuse_writepage_end,
    };
    yield* k.callAbout(wpa, fuse_simple_background, args);
    return;
  }
  fi.writectr = fi.writectr - 1;
  yield* k.call(fuse_writepage_finish, wpa);
  k.spinUnlock(fi.lock);
  k.free(wpa); // fuse_writepage_free()
  yield* k.spinLock(fi.lock);
}

/** The daemon has answered a write: its folios are ended. The daemon's task. */
export function* fuse_writepage_end(k: Kernel, { about: wpa }: FuseArgs, error: number): KernelFn {
  assert(wpa instanceof FuseWritepageArgs, 'writeback asks in the name of its pages');
  const fi = get_fuse_inode(k, wpa.inode);
  mapping_set_error(k, wpa.inode.i_mapping, error);
  yield* k.spinLock(fi.lock);
  fi.writectr = fi.writectr - 1;
  yield* k.call(fuse_writepage_finish, wpa);
  k.spinUnlock(fi.lock);
  k.free(wpa); // fuse_writepage_free()
}

/** Ends the folios of a write, and wakes who waits for the file's writes. Under fi->lock. */
export function* fuse_writepage_finish(k: Kernel, { inode, pieces }: FuseWritepageArgs): KernelFn {
  for (const { folio, length } of pieces) yield* k.call(iomap_finish_folio_write, folio, length);
  const { page_waitq } = get_fuse_inode(k, inode);
  for (let waiter = k.nextSleeper(page_waitq); waiter !== null; waiter = k.nextSleeper(page_waitq))
    yield* k.call(wake_up_process, waiter);
}

export const fuse_writeback_ops: IomapWritebackOps = {
  writeback_range: fuse_iomap_writeback_range,
  writeback_submit: fuse_iomap_writeback_submit,
};
