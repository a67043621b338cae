/** Which function issues which operation. Source: io_uring/opdef.c. */
import type { IoIssueDefs } from '../include/linux/io_uring_types.ts';
import { io_do_iopoll, io_read, io_write } from './rw.ts';

export const io_issue_defs: IoIssueDefs = { READ: io_read, WRITE: io_write, iopoll: io_do_iopoll };
