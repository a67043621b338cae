import type { ReactNode } from 'react';
import { KERNEL_NAMES, KERNELS, switchesOf } from '../../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES, type SwitchId } from '../../kernel/switches.ts';
import { idleSwitch } from '../../state/no-effect.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Section } from './section.tsx';

/** Who decides a switch in real life, in the order of the path that an I/O takes. */
const OWNERS = [
  { id: 'application', title: 'What the application asks for' },
  { id: 'filesystem', title: 'The filesystem' },
  { id: 'kernel', title: 'The kernel version' },
  { id: 'block', title: 'The block layer' },
  { id: 'device', title: 'The device' },
] as const;

/** Which kernel runs, and single switches flipped against it. */
export function Kernel(): ReactNode {
  const name = useApp((s) => s.version.scenario.kernel.name);
  const { chooseKernel } = useVerbs();
  return (
    <Section title="Kernel" open>
      <div className="field field-choice field-long" data-explained>
        <label htmlFor="kernel">kernel</label>
        <span className="field-control">
          <select
            id="kernel"
            aria-describedby="kernel-help"
            value={name}
            onChange={(event) => chooseKernel(KERNEL_NAMES.find((k) => k === event.target.value) ?? name)}
          >
            {KERNEL_NAMES.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </span>
        <p className="field-help" id="kernel-help">
          {KERNELS[name].title}.
        </p>
      </div>
      {OWNERS.map(({ id, title }) => {
        const ids = SWITCH_IDS.filter((s) => SWITCHES[s].owner === id);
        if (ids.length === 0) return null;
        const switches = ids.map((s) => <Switch key={s} id={s} />);
        if (id === 'application') return <div key={id}>{switches}</div>;
        return (
          <details className="more" key={id}>
            <summary>{title}</summary>
            {switches}
          </details>
        );
      })}
    </Section>
  );
}

/** The names under which people know a switch, where that is not its title. */
const KNOWN_AS: Partial<Record<SwitchId, string>> = {
  ISSUER_REQUESTS: 'IOCB_DIO_CALLER_COMP',
  CALLER_FLAG: 'IOMAP_DIO_CALLER_COMP',
  READ_INLINE: 'IOMAP_DIO_INLINE_COMP',
  HIPRI_RULE: 'IOCB_HIPRI',
};

/** One switch with its sentence and its source; marked when it differs from what the kernel has. */
function Switch({ id }: { readonly id: SwitchId }): ReactNode {
  const kernel = useApp((s) => s.version.scenario.kernel);
  const { flipSwitch } = useVerbs();
  const { title, values, help, source } = SWITCHES[id];
  const all = switchesOf(kernel.name, kernel.switches);
  const value = all[id];
  const idle = idleSwitch(id, all, kernel.name);
  const own = KERNELS[kernel.name].switches[id];
  const htmlId = `switch-${id}`;
  const isFlag = values.every((v) => typeof v === 'boolean');
  return (
    <div
      className={`field ${isFlag ? 'field-flag' : 'field-choice field-long'}`}
      data-explained
      data-flipped={value !== own || undefined}
    >
      <label htmlFor={htmlId}>{KNOWN_AS[id] ?? title}</label>
      <span className="field-control">
        {isFlag ? (
          <input
            type="checkbox"
            className="switch"
            id={htmlId}
            aria-describedby={`${htmlId}-help`}
            checked={value === true}
            disabled={idle !== null}
            onChange={(event) => flipSwitch(id, event.target.checked)}
          />
        ) : (
          <select
            id={htmlId}
            aria-describedby={`${htmlId}-help`}
            value={String(value)}
            onChange={(event) => flipSwitch(id, values.find((v) => v === event.target.value) ?? value)}
          >
            {values.map((v) => (
              <option key={v}>{v}</option>
            ))}
          </select>
        )}
      </span>
      <p className="field-help" id={`${htmlId}-help`}>
        {KNOWN_AS[id] === undefined ? '' : `${title}. `}
        {help} <cite>{source}</cite>
        {idle !== null && <span className="idle"> {idle}</span>}
        {value !== own && (
          <span className="flipped">
            {' '}
            Flipped: {kernel.name} has {String(own)}.
          </span>
        )}
      </p>
    </div>
  );
}
