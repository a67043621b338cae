"""The closed queueing model on SimPy: customers take turns at one CPU, then wait for a device. Prints cycles a second."""
import random
import sys
import time

import simpy

customers, cycles = int(sys.argv[1]), int(sys.argv[2])
left = cycles


def customer(env, cpu, rng):
    global left
    while left > 0:
        left -= 1
        with cpu.request() as turn:
            yield turn
            for _ in range(4):
                yield env.timeout(100)
        yield env.timeout(5000 + rng.randrange(1000))


env = simpy.Environment()
cpu = simpy.Resource(env, capacity=1)
rng = random.Random(1)
for _ in range(customers):
    env.process(customer(env, cpu, rng))
start = time.perf_counter()
env.run()
print(cycles / (time.perf_counter() - start))
