/** What page and measuring Workers say to each other: one task in, one answer out. */
import type { JobFigures, JobTask } from '../experiment/job.ts';

export type ToMeasurer = JobTask;
export type FromMeasurer =
  | { readonly kind: 'figures'; readonly answer: JobFigures; readonly model: string }
  | { readonly kind: 'failed'; readonly message: string };
