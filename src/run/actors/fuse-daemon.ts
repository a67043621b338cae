/** The daemon behind the FUSE files of a scenario: one task in user mode that reads a request, serves it and answers. */
import { fuse_dev_do_read, fuse_dev_do_write } from '../../kernel/fs/fuse/dev-io.ts';
import type { FuseReq } from '../../kernel/fs/fuse/fuse_i.ts';
import type { File, Inode } from '../../kernel/include/linux/fs.ts';
import { EIO } from '../../kernel/include/uapi/asm-generic/errno.ts';
import type { Kernel, KernelFn } from '../../kernel/kernel.ts';
import type { ScenarioFile } from '../../scenario/schema-file.ts';
import { syscall } from './syscall.ts';

/** Starts it if there are such files, on the first CPU that is free. */
export function startFuseDaemon(
  k: Kernel,
  given: readonly ScenarioFile[],
  files: ReadonlyMap<string, File>,
): void {
  const left = new Map<Inode, number>(); // writes until the one that fails
  for (const { id, filesystem, fail_write } of given) {
    const file = files.get(id);
    if (filesystem === 'fuse' && file !== undefined) left.set(file.inode, fail_write);
  }
  if (left.size === 0) return;
  const cpus = k.cpus.map(({ id }) => id);
  k.spawn('fuse-daemon', cpus, () => k.call(fuse_daemon, (req) => answerTo(req, left)));
}

/** Its loop. In user mode. */
export function* fuse_daemon(k: Kernel, serve: (req: FuseReq) => number): KernelFn {
  k.setUserMode(k.currentTask.context, true);
  for (;;) {
    const req = yield* syscall(k, fuse_dev_do_read);
    yield k.spend(k.costs['fuse.daemon']);
    yield* syscall(k, fuse_dev_do_write, req, serve(req));
  }
}

/** Does what a request asks for: 0, or the injected error. Its copy of a file grows with what is written to it. */
function answerTo({ args }: FuseReq, left: Map<Inode, number>): number {
  const { opcode, inode, offset, size } = args;
  if (opcode !== 'FUSE_WRITE') return 0;
  const nth = left.get(inode) ?? 0;
  left.set(inode, nth - 1);
  if (nth === 1) return EIO;
  if (offset + size > inode.i_disksize) inode.i_disksize = offset + size;
  return 0;
}
