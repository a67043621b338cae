/** A worker of `bioscope conform`: examines the rows it is given. */
import { examineRows, type RowsJob } from '../conform/examine.ts';
import { answerJobs } from './worker-pool.ts';

answerJobs((job) => examineRows(job as RowsJob)); // what conform.ts hands out
