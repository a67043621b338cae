/** Where a rule or a duration comes from. */
export type Source =
  | { readonly kind: 'code'; readonly file: string; readonly commit?: string; readonly note?: string }
  | { readonly kind: 'mail'; readonly id: string; readonly note?: string }
  | { readonly kind: 'doc'; readonly name: string; readonly note?: string };

/** How much a rule can be relied on. */
export type RuleTag = 'code' | 'mail' | 'measurement' | 'assumption';

/** What a decision asks, in the kernel's own words, and where that is written. */
export type Rule = {
  /** Stable, kebab-case, unique. */
  readonly id: string;
  readonly asks: string;
  /** The condition as the kernel writes it. */
  readonly test: string;
  /** Labels of the inputs, in the order in which `decide` gets them. */
  readonly inputs: readonly string[];
  /** What an outcome means; without it 1 is yes and 0 is no. */
  readonly outcomes?: Readonly<Record<number, string>>;
  readonly source: Source;
  readonly tag: RuleTag;
};

/** Declares a rule; the tag is `code` unless said otherwise. */
export function rule(text: Omit<Rule, 'tag' | 'inputs'> & Partial<Pick<Rule, 'tag' | 'inputs'>>): Rule {
  return { tag: 'code', inputs: [], ...text };
}
