import { SWITCH_IDS, type Switches } from './switches.ts';

/** v6.5: the last release before the caller completion series. */
const V6_5: Switches = {
  ISSUER_REQUESTS: false,
  CALLER_FLAG: 'none',
  READ_INLINE: 'not WRITE',
  HIPRI_RULE: 'zeroing or append',
  POLLED_INLINE: false,
  CACHE_CHECK_AT_END: false,
  PRIVATE_SET: 'after the loop',
  PRIVATE_CLEARED_FOR_WQ: true,
  PLUG_FIFO: false,
  BATCH_FIFO: false,
  REMOTE_SAME_CPU: true,
};

/** The series as posted on 20 July 2023, never merged in this form. */
const V4_SERIES: Switches = {
  ...V6_5,
  ISSUER_REQUESTS: true,
  CALLER_FLAG: 'DEFER_COMP',
  READ_INLINE: 'INLINE_COMP',
  POLLED_INLINE: true,
  PRIVATE_SET: 'in iomap_dio_submit_bio',
  PRIVATE_CLEARED_FOR_WQ: false,
};

/** As merged for v6.6-rc1. */
const V6_6_RC: Switches = {
  ...V4_SERIES,
  CALLER_FLAG: 'CALLER_COMP',
  HIPRI_RULE: 'neither INLINE_COMP nor CALLER_COMP',
  POLLED_INLINE: false,
};

/** Caller completion removed, errors in a task, pure overwrites in the interrupt. */
const V6_19: Switches = {
  ...V6_6_RC,
  ISSUER_REQUESTS: false,
  CALLER_FLAG: 'none',
  READ_INLINE: 'no COMP_WORK',
  HIPRI_RULE: 'COMP_WORK',
  CACHE_CHECK_AT_END: true,
  PLUG_FIFO: true,
  BATCH_FIFO: true,
};

/**
 * Named kernels: each gives every switch a value. The revision names are those of the direct I/O fact sheet.
 */
export const KERNELS = {
  'v6.5': { title: 'Linux 6.5, the last release before the caller completion series', switches: V6_5 },
  'v4-series': {
    title: 'Version 4 of the caller completion series on 6.5, as posted; never merged',
    switches: V4_SERIES,
  },
  'v6.6-rc': {
    title: 'Linux 6.6-rc1 to rc7: io_uring writes finish in the submitter’s task_work',
    switches: V6_6_RC,
  },
  'v6.6-to-v6.18': {
    title: 'Linux 6.6 to 6.18: the same iomap code, but io_uring no longer asks (here as in 6.12)',
    switches: { ...V6_6_RC, ISSUER_REQUESTS: false },
  },
  'v6.19+': {
    title: 'Linux 6.19 and later: caller completion is gone, pure overwrites finish in the interrupt',
    switches: V6_19,
  },
} as const satisfies Record<string, { readonly title: string; readonly switches: Switches }>;

export type KernelName = keyof typeof KERNELS;
export const KERNEL_NAMES = Object.keys(KERNELS) as KernelName[];

/** The switches of a named kernel with single ones flipped. */
export function switchesOf(name: KernelName, flipped: Partial<Switches>): Switches {
  return { ...KERNELS[name].switches, ...flipped };
}

/** The flipped switches that differ from what the kernel has anyway. */
export function effectiveFlips(name: KernelName, flipped: Partial<Switches>): Partial<Switches> {
  const own: Switches = KERNELS[name].switches;
  return Object.fromEntries(
    SWITCH_IDS.filter((id) => flipped[id] !== undefined && flipped[id] !== own[id]).map((id) => [
      id,
      flipped[id],
    ]),
  );
}
