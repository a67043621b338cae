// The closed queueing model on simjs: customers take turns at one CPU, then wait for a device. Prints cycles a second.
// The package is a script for browsers: it hangs its names on `window`.
globalThis.window = globalThis;
await import('simjs');
const { Entity, Facility, Sim } = globalThis.Sim;

const [customers, cycles] = process.argv.slice(2).map(Number);
let left = cycles;
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % 1000;

const cpu = new Facility('cpu');
class Customer extends Entity {
  start() {
    this.next();
  }
  next() {
    if (left-- <= 0) return;
    this.useFacility(cpu, 400).done(() => this.setTimer(5000 + random()).done(() => this.next()));
  }
}
const sim = new Sim();
for (let i = 0; i < customers; i++) sim.addEntity(Customer);
const start = performance.now();
sim.simulate(Number.MAX_SAFE_INTEGER);
console.log((cycles / (performance.now() - start)) * 1000);
