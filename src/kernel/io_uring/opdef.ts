/** Which function issues which operation. Source: io_uring/opdef.c. */
import type { IoIssueDefs } from '../include/linux/io_uring_types.ts';
import { __io_submit_flush_completions } from './io_uring.ts';
import { io_do_iopoll, io_read, io_rw_fail, io_write } from './rw.ts';

export const io_issue_defs: IoIssueDefs = {
  READ: io_read,
  WRITE: io_write,
  fail: io_rw_fail,
  iopoll: io_do_iopoll,
  flush: __io_submit_flush_completions,
};
