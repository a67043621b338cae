/**
 * fio computes in values: `(2*1024)`, and `8*$mb_memory` once a keyword is replaced. This knows + - * / and parentheses.
 */

/** The value of `text`, or null where it is no expression. `operand` reads a number with its suffix. */
export function evaluate(text: string, operand: (word: string) => number | null): number | null {
  const tokens = text.match(/[-+*/()]|[^-+*/()\s]+/g) ?? [];
  if (tokens.length > 200) return null; // nested deeper than anyone writes by hand
  let at = 0;

  function sum(): number | null {
    let value = product();
    while (value !== null && (tokens[at] === '+' || tokens[at] === '-')) {
      const minus = tokens[at++] === '-';
      const right = product();
      value = right === null ? null : minus ? value - right : value + right;
    }
    return value;
  }
  function product(): number | null {
    let value = factor();
    while (value !== null && (tokens[at] === '*' || tokens[at] === '/')) {
      const divide = tokens[at++] === '/';
      const right = factor();
      value =
        right === null || (divide && right === 0) ? null : divide ? Math.trunc(value / right) : value * right;
    }
    return value;
  }
  function factor(): number | null {
    const token = tokens[at++];
    if (token === undefined) return null;
    if (token === '-') return negative(factor());
    if (token !== '(') return operand(token);
    const value = sum();
    return tokens[at++] === ')' ? value : null;
  }

  const value = sum();
  return at === tokens.length ? value : null;
}

function negative(value: number | null): number | null {
  return value === null ? null : -value;
}
