import type { Entry } from './fio-text.ts';
import type { FioJob } from './jobs.ts';
import type { FioNote, Notes } from './notes.ts';
import type { Setting, Settings } from './settings.ts';

/** Says something about an option of one job, if the option was written at all. */
export class Sayer {
  private readonly job: FioJob;
  private readonly notes: Notes;
  constructor(job: FioJob, notes: Notes) {
    this.job = job;
    this.notes = notes;
  }
  /** Something else is simulated. */
  instead(option: keyof Settings, message: string): void {
    this.about(option, 'substituted', message);
  }
  /** For this job the option changes nothing. */
  noEffect(option: keyof Settings, message: string): void {
    this.about(option, 'no-effect', message);
  }
  /** About an option that is known by its entry; null says nothing. */
  on(entry: Entry | null, kind: FioNote['kind'], message: string): void {
    if (entry !== null) this.notes.say(entry, { kind, job: this.job.name, message });
  }
  private about(option: keyof Settings, kind: FioNote['kind'], message: string): void {
    const setting: Setting<unknown> | undefined = this.job.settings[option];
    this.on(setting?.entry ?? null, kind, message);
  }
}
