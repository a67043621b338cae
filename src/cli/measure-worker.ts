/** A thread of the command line that simulates the points it is sent, one after the other. */
import { parentPort } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import { scenarioOf, windowOf } from '../experiment/point.ts';
import type { Task } from '../experiment/sweep.ts';
import { measure } from '../run/measure.ts';

const port = present(parentPort, 'this file is started as a thread');
port.on('message', ({ id, point }: Task) => {
  port.postMessage({ id, figures: measure(scenarioOf(point), windowOf(point)) });
});
