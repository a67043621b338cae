import { Ev, EV_NAMES } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { valueText } from './values.ts';

/** An event in a few words, for links and headings: "bio_endio (bio 3)". */
export function eventText(log: LogView, row: number): string {
  const name = log.name(row);
  const object = log.objectName(log.object(row));
  const about = object === '' ? '' : ` (${object})`;
  switch (log.kind(row)) {
    case Ev.Start:
      return 'the run starts';
    case Ev.Enter:
      return `${name}${about}`;
    case Ev.Exit:
      return `${name} returns${about}`;
    case Ev.Irq:
      return `interrupt ${name}`;
    case Ev.IrqEnd:
      return 'the interrupt ends';
    case Ev.Softirq:
      return `softirq ${name}`;
    case Ev.SoftirqEnd:
      return 'the softirq ends';
    case Ev.Switch:
      return `switch to ${object}`;
    case Ev.Wake:
      return `wake ${object}`;
    case Ev.Sleep:
      return `${object} sleeps${name === '' ? '' : `: ${name}`}`;
    case Ev.New:
      return `new ${object}`;
    case Ev.Free:
      return `free ${object}`;
    case Ev.Set:
      return `${object}: ${name} = ${valueText(log, row)}`;
    case Ev.Decide:
      return `${name}: ${valueText(log, row)}`;
    case Ev.Input:
      return `input ${name} = ${valueText(log, row)}`;
    case Ev.Trace:
      return `${name}${about}`;
    case Ev.Put:
      return `${object} into ${valueText(log, row)}`;
    case Ev.Take:
      return `${object} out of ${valueText(log, row)}`;
    case Ev.Spin:
      return `${name} ${valueText(log, row)}`;
    case Ev.Hazard:
      return `hazard: ${name}${about}`;
    case Ev.Notify:
      return `${name} for ${object}: ${valueText(log, row)}`;
    case Ev.Stop:
      return `the run ends: ${name}`;
    case Ev.Lock:
    case Ev.Unlock:
      return `${EV_NAMES[log.kind(row)] ?? ''} ${object}`;
  }
}
