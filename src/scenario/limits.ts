/** The limits of a scenario, stated in the page and enforced before a run. */
export const LIMITS = {
  cpus: 256,
  jobs: 256,
  files: 64,
  /** I/Os of one job. */
  ios: 1_000_000,
  iodepth: 4096,
  io_bytes: 64 * 1024 * 1024,
  file_bytes: 2 ** 50,
  /** Log events of a run: 37 bytes each in the page's memory. */
  events: 10_000_000,
  /** One simulated hour. */
  sim_ns: 3_600_000_000_000,
  latency_ns: 10_000_000_000,
  /** Characters of a text that a user pastes. */
  text_chars: 1_000_000,
} as const;
