/** `bioscope`: the same engine in Node. See --help. */
import { availableParallelism } from 'node:os';
import { bioscope } from './bioscope.ts';
import { EXIT } from './command.ts';

const { argv, env, stdin, stdout, stderr } = process;

try {
  const now = (): number => performance.now();
  process.exitCode = await bioscope({
    ...{ argv: argv.slice(2), env, stdin, stdout, stderr, now },
    threads: availableParallelism(),
  });
} catch (error) {
  // Only what we got wrong, or a disk that is full: what the user can get wrong is no exception.
  stderr.write(`bioscope failed: ${textOf(error)}\n`);
  process.exitCode = EXIT.failure;
}

/** A system error says enough; of our own faults we want to know where. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}
