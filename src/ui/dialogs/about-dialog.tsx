import type { ReactNode } from 'react';
import { COSTS, type CostTag } from '../../kernel/costs.ts';
import { KERNEL_NAMES } from '../../kernel/kernels.ts';
import { MODEL_NOTES, type ModelNote } from '../../kernel/model-notes.ts';
import { EVENT_BYTES } from '../../log/columns.ts';
import { LIMITS } from '../../scenario/limits.ts';
import { Dialog } from './dialog.tsx';

const KINDS: readonly { readonly kind: ModelNote['kind']; readonly title: string }[] = [
  { kind: 'not modelled', title: 'Not modelled' },
  { kind: 'simplified', title: 'Simplified' },
  { kind: 'assumed', title: 'Assumed' },
];

/** What the simulation is, what it leaves out, and what it is limited to. */
export function AboutDialog(): ReactNode {
  return (
    <Dialog names={['about']} title="About this model" className="about">
      <p>
        Every span is a function of the Linux kernel, modelled one by one and called in the kernel’s order.
        Which way an I/O takes follows from the flags, counts and locks of the simulated machine, as in the
        kernel; recordings of real kernels are followed call by call to check it. Modelled are direct I/O and
        buffered writeback, with the completion of bios in a task, for {KERNEL_NAMES.join(', ')}.
      </p>
      {KINDS.map(({ kind, title }) => (
        <section key={kind}>
          <h3>{title}</h3>
          <ul>
            {MODEL_NOTES.filter((note) => note.kind === kind).map(({ text }) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      ))}
      <section>
        <h3>Durations</h3>
        <p>{durations()} Each can be changed under Costs, beside the timeline.</p>
      </section>
      <section>
        <h3>Limits</h3>
        <p>{limits()}</p>
      </section>
    </Dialog>
  );
}

/** "Of 24 durations 18 are assumed, 4 derived, 2 measured." */
function durations(): string {
  const all = Object.values(COSTS);
  const tags: readonly CostTag[] = ['measured', 'derived', 'fitted', 'assumed', 'exact'];
  const counts = tags
    .map((tag) => ({ tag, count: all.filter((cost) => cost.tag === tag).length }))
    .filter(({ count }) => count > 0)
    .map(({ tag, count }) => `${count} ${tag}`);
  return `Of ${all.length} durations ${counts.join(', ')}.`;
}

function limits(): string {
  const megabytes = Math.round((LIMITS.events * EVENT_BYTES) / 1e6);
  return (
    `At most ${LIMITS.cpus} CPUs, ${LIMITS.jobs} jobs, ${number(LIMITS.ios)} I/Os a job, ${number(LIMITS.iodepth)} in flight, ` +
    `and ${number(LIMITS.events)} events a run, which take about ${megabytes} MB; a run that reaches its limit stops and shows what it has. ` +
    `Text that is pasted may have ${number(LIMITS.text_chars)} characters.`
  );
}

const number = (n: number): string => n.toLocaleString('en');
