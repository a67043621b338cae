/** A Worker that simulates the points of an experiment it is sent, one after the other, and answers with figures. */
import { scenarioOf, windowOf } from '../experiment/point.ts';
import { measure } from '../run/measure.ts';
import { MODEL_VERSION } from '../run/model-version.ts';
import type { FromMeasurer, ToMeasurer } from './client-measure-messages.ts';

self.onmessage = ({ data: { id, point } }: MessageEvent<ToMeasurer>) => {
  try {
    send({
      kind: 'figures',
      id,
      figures: measure(scenarioOf(point), windowOf(point)),
      model: MODEL_VERSION,
    });
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};

function send(message: FromMeasurer): void {
  self.postMessage(message);
}
