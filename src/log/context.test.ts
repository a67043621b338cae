import { expect, test } from 'vitest';
import {
  contextFlags,
  contextLevel,
  contextWords,
  CTX_BH_OFF,
  CTX_IDLE,
  CTX_IRQS_OFF,
  CTX_MIGRATE_OFF,
  CTX_RESCHED,
  CTX_RESCHED_LAZY,
  CTX_UNKNOWN,
  CTX_USER,
  Level,
  preemptDepth,
} from './context.ts';

const depth = (n: number): number => n << 8;

// The flags are those that ftrace prints, see the recordings of real kernels.
test.each([
  [0, '.....', 'task'],
  [CTX_USER, '.....', 'task, user mode'],
  [
    Level.Hardirq | CTX_IRQS_OFF | CTX_IDLE | depth(1),
    'd.h1.',
    'hard interrupt, idle, interrupts off, preempt depth 1',
  ],
  [Level.Hardirq | CTX_IRQS_OFF, 'd.h..', 'hard interrupt, interrupts off'],
  [Level.HardirqInSoftirq | CTX_IRQS_OFF, 'd.H..', 'hard interrupt on top of a softirq, interrupts off'],
  [Level.Softirq, '..s..', 'softirq'],
  [CTX_BH_OFF, 'b....', 'task, bottom halves off'],
  [CTX_BH_OFF | CTX_MIGRATE_OFF, 'b...1', 'task, bottom halves off, bound to its CPU'],
  [Level.Softirq | CTX_MIGRATE_OFF, '..s.1', 'softirq, bound to its CPU'],
  [CTX_IRQS_OFF | CTX_BH_OFF, 'D....', 'task, interrupts off, bottom halves off'],
  [
    CTX_IRQS_OFF | CTX_RESCHED | depth(2),
    'dN.2.',
    'task, interrupts off, reschedule pending, preempt depth 2',
  ],
  [CTX_RESCHED_LAZY, '.l...', 'task, lazy reschedule pending'],
  [depth(15), '...f.', 'task, preempt depth 15'],
  [CTX_UNKNOWN, '?????', 'context unknown'],
])('context %i is %s: %s', (context, flags, words) => {
  expect(contextFlags(context)).toBe(flags);
  expect(contextWords(context)).toBe(words);
});

test('level and preempt depth are read from their bits', () => {
  expect(contextLevel(Level.Softirq | CTX_USER | depth(3))).toBe(Level.Softirq);
  expect(preemptDepth(CTX_UNKNOWN | depth(9) | CTX_RESCHED)).toBe(9);
});
