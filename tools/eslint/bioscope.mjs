/**
 * Lint rules of this repository. Plain JavaScript, because ESLint loads its plugins without a compile step on Node 20.
 */
import { ESLintUtils } from '@typescript-eslint/utils';
import ts from 'typescript';

/**
 * @import { TSESTree } from '@typescript-eslint/utils'
 * @import { ESLint } from 'eslint'
 */

const createRule = ESLintUtils.RuleCreator.withoutDocs;

/**
 * Is this `k.something(...)`? The engine's own verbs (`k.call`, `k.spend`, `k.sleep`) are the only generators
 * that kernel code may enter by itself.
 * @param {TSESTree.Node} node
 */
function isVerbOfK(node) {
  return (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.object.type === 'Identifier' &&
    node.callee.object.name === 'k'
  );
}

/**
 * @param {ts.Type} type
 * @returns {boolean}
 */
function isGenerator(type) {
  if (type.isUnion()) return type.types.some(isGenerator);
  return type.getSymbol()?.name === 'Generator';
}

/**
 * A kernel function is entered through `yield* k.call(f, ...)` only: the call is then a span in the log and a frame on
 * the driver's own stack. `yield* f(k)` would run it unseen, and a bare `f(k)` would make a generator that never runs.
 */
const callThroughK = createRule({
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      direct: 'Reach a kernel function through `yield* k.call(f, ...)`, so that its span exists.',
      idle: 'This makes a generator that nothing runs; write `yield* k.call(f, ...)`, or `yield*` before a verb of k.',
    },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    return {
      YieldExpression(node) {
        if (node.delegate && node.argument && !isVerbOfK(node.argument)) {
          context.report({ node: node.argument, messageId: 'direct' });
        }
      },
      CallExpression(node) {
        const delegated = node.parent.type === 'YieldExpression' && node.parent.delegate;
        // `() => k.call(f)` is a body that the engine will run: a thread, an interrupt handler, a timer.
        const body =
          node.parent.type === 'ArrowFunctionExpression' && node.parent.body === node && isVerbOfK(node);
        if (!delegated && !body && isGenerator(services.getTypeAtLocation(node))) {
          context.report({ node, messageId: 'idle' });
        }
      },
    };
  },
});

const COLUMN = /^(?:(?:Big)?(?:Int|Uint|Float)(?:8|16|32|64)(?:Clamped)?Array|ArrayLike)$/;

/**
 * `!` is for reading a column: with noUncheckedIndexedAccess every `column[row]` may be undefined to the compiler, and a
 * check per row would cost what the columns save. A column is a typed array, or an array with an entry a row.
 * Anywhere else an `assert` with a sentence says why the value is there.
 */
const nonNullOnlyOnColumns = createRule({
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      notColumn:
        '`!` is only for column reads (`column[row]!`); elsewhere use assert, `??` or narrow the type.',
    },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const checker = services.program.getTypeChecker();
    /** @param {TSESTree.Node} node */
    const isColumnRead = (node) => {
      if (node.type !== 'MemberExpression' || !node.computed) return false;
      const index = services.getTypeAtLocation(node.property);
      if (!(index.flags & ts.TypeFlags.NumberLike) && !isBrandedNumber(index)) return false;
      const object = checker.getApparentType(services.getTypeAtLocation(node.object));
      return (object.isUnion() ? object.types : [object]).every(
        (type) => checker.isArrayLikeType(type) || COLUMN.test(type.getSymbol()?.name ?? ''),
      );
    };
    return {
      TSNonNullExpression(node) {
        if (!isColumnRead(node.expression)) context.report({ node, messageId: 'notColumn' });
      },
    };
  },
});

/**
 * A `Row` is a number with a brand, which the checker holds as an intersection.
 * @param {ts.Type} type
 */
function isBrandedNumber(type) {
  return type.isIntersection() && type.types.some((part) => (part.flags & ts.TypeFlags.NumberLike) !== 0);
}

const plugin = {
  meta: { name: 'bioscope' },
  rules: { 'call-through-k': callThroughK, 'non-null-only-on-columns': nonNullOnlyOnColumns },
};

// typescript-eslint and ESLint describe the same rule object with types that do not meet.
export default /** @type {ESLint.Plugin} */ (/** @type {unknown} */ (plugin));
