/** One thing wrong with a scenario: which field, what it holds, what is allowed. */
export type ScenarioProblem = { readonly field: string; readonly value: string; readonly message: string };
