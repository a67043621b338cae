import { textKind } from '../link/text-kind.ts';
import { importFio } from '../scenario/fio/import-fio.ts';
import { LIMITS } from '../scenario/limits.ts';
import { parseScenario } from '../scenario/parse.ts';
import { scenarioSentences } from '../scenario/problems.ts';
import type { AppState, Slice } from './app-state.ts';
import { FIO_EXAMPLE, type InputSlice } from './input.ts';
import { applyLink, readLink } from './link-apply.ts';

export const inputSlice: Slice<InputSlice> = () => (set, get, store) => ({
  fioDraft: FIO_EXAMPLE,
  fioOptions: {},
  setFioDraft: (fioDraft) => set({ fioDraft }),
  setFioOptions: (fioOptions) => set({ fioOptions }),

  openFioDraft: () => {
    const { fioDraft: text, fioOptions: options } = get();
    const imported = importFio(text, options);
    if (!imported.ok) return;
    const { scenario } = imported.value;
    set({ dialog: null });
    get().openScenario(scenario, { kind: 'fio', text, options }, scenario.title);
  },

  openText: (text, from) => {
    if (text.length > LIMITS.text_chars) {
      const limit = LIMITS.text_chars.toLocaleString('en');
      get().say(
        'input',
        'error',
        `The text from ${from} has ${text.length.toLocaleString('en')} characters; at most ${limit} are read.`,
      );
      return;
    }
    switch (textKind(text)) {
      case 'link':
        void readLink(text.trim()).then((decoded) => applyLink(store, decoded));
        break;
      case 'preset':
        get().openPreset(text.trim());
        break;
      case 'scenario':
        openJson(get(), text, from);
        break;
      case 'fio':
        set({ fioDraft: text, fioOptions: {}, window: null, range: null });
        if (importFio(text).ok) get().openFioDraft();
        set({ dialog: 'fio' }); // what was used and what was not, or what is wrong, is said there
        break;
      case null:
        get().say(
          'input',
          'error',
          `The text from ${from} is neither a fio job, nor a scenario, nor a link.`,
          [
            'A fio job is a command line such as “fio --name=x --rw=randwrite”, or a job file that begins with [section].',
          ],
        );
    }
  },
});

type Opener = Pick<AppState, 'say' | 'openScenario'>;

function openJson(state: Opener, text: string, from: string): void {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    state.say(
      'input',
      'error',
      `The scenario from ${from} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
    return;
  }
  const parsed = parseScenario(input);
  if (parsed.ok) state.openScenario(parsed.value, { kind: 'file' }, from);
  else state.say('input', 'error', `The scenario from ${from} cannot run.`, scenarioSentences(parsed.error));
}
