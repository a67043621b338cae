/** A Worker that simulates the points of an experiment it is sent, one after the other, and answers with figures. */
import { DELAY_SKIPPED, delayScenario } from '../experiment/delay.ts';
import type { JobFigures, JobTask } from '../experiment/job.ts';
import { scenarioOf, windowOf } from '../experiment/point.ts';
import { measureBatches } from '../run/batch.ts';
import { measure } from '../run/measure.ts';
import { MODEL_VERSION } from '../run/model-version.ts';
import type { FromMeasurer, ToMeasurer } from './client-measure-messages.ts';

self.onmessage = ({ data }: MessageEvent<ToMeasurer>) => {
  try {
    send({ kind: 'figures', answer: simulated(data), model: MODEL_VERSION });
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};

function simulated(task: JobTask): JobFigures {
  const { experiment, id, point } = task;
  switch (experiment) {
    case 'caller-comp':
      return { experiment, id, figures: measure(scenarioOf(point), windowOf(point)) };
    case 'in-task-delay':
      return { experiment, id, figures: measureBatches(delayScenario(point), DELAY_SKIPPED) };
  }
}

function send(message: FromMeasurer): void {
  self.postMessage(message);
}
