/**
 * The `context` column: the execution context in which an event happened, as the kernel sees it, in 16 bits. The text
 * form is the flags column of ftrace.
 *
 * bits 0-1 level (0 task, 1 softirq, 2 hardirq, 3 hardirq on top of a softirq), 2 interrupts off, 3 bottom halves off,
 * 4-5 need-resched (0 none, 1 set, 2 lazy), 6 user mode, 7 idle task, 8-11 preempt depth, 12 unknown (imported), 13 the
 * task stays on its CPU.
 */
export const Level = { Task: 0, Softirq: 1, Hardirq: 2, HardirqInSoftirq: 3 } as const;
export type Level = (typeof Level)[keyof typeof Level];

export const CTX_IRQS_OFF = 1 << 2;
export const CTX_BH_OFF = 1 << 3;
export const CTX_RESCHED = 1 << 4;
export const CTX_RESCHED_LAZY = 2 << 4;
export const CTX_USER = 1 << 6;
export const CTX_IDLE = 1 << 7;
export const CTX_UNKNOWN = 1 << 12;
export const CTX_MIGRATE_OFF = 1 << 13;

export const contextLevel = (context: number): Level => (context & 3) as Level;
export const preemptDepth = (context: number): number => (context >> 8) & 0xf;

/** ftrace's five characters: irqs-off, need-resched, hardirq/softirq, preempt depth, migrate-disable. `d.h1.` is a
 *  hard interrupt: interrupts off, depth 1, which is the idle task's that it interrupted (idle runs with preemption
 *  off); on top of a preemptible task it is `d.h..`. Source: kernel/trace/trace_output.c, trace_print_lat_fmt. */
export function contextFlags(context: number): string {
  if (context & CTX_UNKNOWN) return '?????';
  const off = context & CTX_IRQS_OFF ? (context & CTX_BH_OFF ? 'D' : 'd') : context & CTX_BH_OFF ? 'b' : '.';
  const resched = context & CTX_RESCHED ? 'N' : context & CTX_RESCHED_LAZY ? 'l' : '.';
  const level = '.shH'.charAt(contextLevel(context));
  const depth = preemptDepth(context);
  return (
    off + resched + level + (depth === 0 ? '.' : depth.toString(16)) + (context & CTX_MIGRATE_OFF ? '1' : '.')
  );
}

/** The same in words: "hard interrupt, interrupts off, preempt depth 1". */
export function contextWords(context: number): string {
  if (context & CTX_UNKNOWN) return 'context unknown';
  const level = ['task', 'softirq', 'hard interrupt', 'hard interrupt on top of a softirq'];
  const words = [level[contextLevel(context)] ?? ''];
  if (context & CTX_IDLE) words.push('idle');
  if (context & CTX_USER) words.push('user mode');
  if (context & CTX_IRQS_OFF) words.push('interrupts off');
  if (context & CTX_BH_OFF) words.push('bottom halves off');
  if (context & CTX_RESCHED) words.push('reschedule pending');
  if (context & CTX_RESCHED_LAZY) words.push('lazy reschedule pending');
  const depth = preemptDepth(context);
  if (depth > 0) words.push(`preempt depth ${depth}`);
  if (context & CTX_MIGRATE_OFF) words.push('bound to its CPU');
  return words.join(', ');
}
