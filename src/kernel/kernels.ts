import { SWITCH_IDS, type Switches } from './switches.ts';

/**
 * Named kernels: each gives every switch a value. The revision names are those of the direct I/O fact sheet.
 */
export const KERNELS = {
  'v6.5': {
    title: 'Linux 6.5, the last release before the caller completion series',
    switches: {
      READ_INLINE: 'not WRITE',
      CALLER_FLAG: 'none',
      ISSUER_REQUESTS: false,
      HIPRI_RULE: 'zeroing or append',
      PRIVATE_SET: 'after the loop',
      PRIVATE_CLEARED_FOR_WQ: true,
      BATCH_FIFO: false,
      REMOTE_SAME_CPU: true,
    },
  },
  'v6.6-rc': {
    title: 'Linux 6.6-rc1 to rc7: io_uring writes finish in the submitter’s task_work',
    switches: {
      READ_INLINE: 'INLINE_COMP',
      CALLER_FLAG: 'CALLER_COMP',
      ISSUER_REQUESTS: true,
      HIPRI_RULE: 'neither INLINE_COMP nor CALLER_COMP',
      PRIVATE_SET: 'in iomap_dio_submit_bio',
      PRIVATE_CLEARED_FOR_WQ: false,
      BATCH_FIFO: false,
      REMOTE_SAME_CPU: true,
    },
  },
  'v6.6-to-v6.18': {
    title: 'Linux 6.6 to 6.18: the same iomap code, but io_uring no longer asks (here as in 6.12)',
    switches: {
      READ_INLINE: 'INLINE_COMP',
      CALLER_FLAG: 'CALLER_COMP',
      ISSUER_REQUESTS: false,
      HIPRI_RULE: 'neither INLINE_COMP nor CALLER_COMP',
      PRIVATE_SET: 'in iomap_dio_submit_bio',
      PRIVATE_CLEARED_FOR_WQ: false,
      BATCH_FIFO: false,
      REMOTE_SAME_CPU: true,
    },
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
