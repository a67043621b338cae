import type { ReactNode } from 'react';
import {
  type KernelDifference,
  KERNEL_NAMES,
  type KernelName,
  KERNELS,
  switchesOf,
} from '../../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES, type SwitchId } from '../../kernel/switches.ts';
import { idleSwitch } from '../../state/no-effect.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Section } from './section.tsx';

const REVISIONS = KERNEL_NAMES.filter((name) => !isRecorded(name));
const RELEASES = KERNEL_NAMES.filter(isRecorded);

/** Releases have numbers for names; the revisions of the series begin with a "v". */
function isRecorded(name: KernelName): boolean {
  return /^\d/.test(name);
}

/** Which kernel runs, what is special about it, and what was flipped against it. */
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
            <optgroup label="Revisions of the series">
              {REVISIONS.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </optgroup>
            <optgroup label="Releases that were recorded">
              {RELEASES.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </optgroup>
          </select>
        </span>
        <p className="field-help" id="kernel-help">
          {KERNELS[name].title}.
        </p>
      </div>
      <Differences name={name} />
      <Flips />
    </Section>
  );
}

/** In what a release differs from its revision, and why. */
function Differences({ name }: { readonly name: KernelName }): ReactNode {
  const differences: readonly KernelDifference[] = KERNELS[name].differences;
  if (differences.length === 0)
    return isRecorded(name) ? <p className="field-note">It differs in nothing from its revision.</p> : null;
  const ids = (switches: KernelDifference[0]): SwitchId[] => SWITCH_IDS.filter((id) => id in switches);
  return (
    <details className="more">
      <summary>Differs from its revision in {differences.flatMap(([s]) => ids(s)).length}</summary>
      <ul className="differences">
        {differences.map(([switches, reason]) => (
          <li key={reason}>
            {ids(switches).map((id) => (
              <p key={id}>
                {SWITCHES[id].title}: <b>{valueWord(switches[id])}</b>
              </p>
            ))}
            <p className="field-note">Why: {reason}.</p>
          </li>
        ))}
      </ul>
    </details>
  );
}

const valueWord = (value: string | boolean | undefined): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : (value ?? '');

/** How many switches are flipped, and a way back. */
function Flips(): ReactNode {
  const { name, switches } = useApp((s) => s.version.scenario.kernel);
  const { chooseKernel } = useVerbs();
  const flipped = Object.keys(switches).length;
  if (flipped === 0) return null;
  return (
    <p className="flips">
      {flipped === 1 ? '1 switch' : `${flipped} switches`} flipped.{' '}
      <button type="button" className="button button-link" onClick={() => chooseKernel(name)}>
        All as in {name}
      </button>
    </p>
  );
}

type Owner = (typeof SWITCHES)[SwitchId]['owner'];

/** The switches of the kernel that belong to one owner. */
export function SwitchesOf({
  owner,
  but = [],
}: {
  readonly owner: Owner;
  readonly but?: readonly SwitchId[];
}) {
  return SWITCH_IDS.filter((id) => SWITCHES[id].owner === owner && !but.includes(id)).map((id) => (
    <Switch key={id} id={id} />
  ));
}

/** The names under which people know a switch, where that is not its title. */
const KNOWN_AS: Partial<Record<SwitchId, string>> = {
  ISSUER_REQUESTS: 'IOCB_DIO_CALLER_COMP',
  CALLER_FLAG: 'IOMAP_DIO_CALLER_COMP',
  READ_INLINE: 'IOMAP_DIO_INLINE_COMP',
  HIPRI_RULE: 'IOCB_HIPRI',
};

type SwitchProps = { readonly id: SwitchId; /** Its text is always shown. */ readonly explained?: boolean };

/** One switch with its sentence and its source; marked when it differs from what the kernel has. */
export function Switch({ id, explained = false }: SwitchProps): ReactNode {
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
      data-explained={explained || undefined}
      data-flipped={value !== own || undefined}
    >
      <label htmlFor={htmlId} title={help}>
        {KNOWN_AS[id] ?? title}
      </label>
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
      </p>
      {idle !== null && <p className="field-note idle">{idle}</p>}
      {value !== own && (
        <p className="field-note flipped">
          Flipped: {kernel.name} has {valueWord(own)}.
        </p>
      )}
    </div>
  );
}
