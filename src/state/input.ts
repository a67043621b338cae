import type { FioOptions } from '../scenario/fio/import-fio.ts';

/** What people bring: fio jobs, scenario files and links, by paste, drop or file. Told apart by content, not by name. */
export type InputSlice = {
  /** What is in the fio dialog, whether it was opened or not. */
  readonly fioDraft: string;
  readonly fioOptions: FioOptions;
  readonly setFioDraft: (text: string) => void;
  readonly setFioOptions: (options: FioOptions) => void;
  /** Simulates the draft, if it can be. */
  readonly openFioDraft: () => void;
  /** Opens whatever `text` is; `from` says where it came from, for messages. */
  readonly openText: (text: string, from: string) => void;
};

/** The published measurement behind IOCB_DIO_CALLER_COMP. */
export const FIO_EXAMPLE =
  'fio --name=dio-write --filename=/data1/file --size=1G --time_based=1 --runtime=10 --bs=4096 \\\n' +
  '    --rw=randwrite --norandommap --buffered=0 --cpus_allowed=1 --ioengine=io_uring --iodepth=4';
