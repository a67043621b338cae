import { Component, type ReactNode } from 'react';

type Props = {
  /** What is inside, for the message: "the timeline". */
  readonly name: string;
  readonly children: ReactNode;
};
type State = { readonly failure: string | null };

/** Keeps a failure of one part from taking the page along, says so, and offers to show the part again. */
export class Failsafe extends Component<Props, State> {
  override state: State = { failure: null };

  static getDerivedStateFromError(error: unknown): State {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return (
      <div className="empty failsafe" role="alert">
        <p>
          Showing {this.props.name} failed: {failure}. That is a mistake of bioscope, not yours; the scenario
          and everything else is still here.
        </p>
        <button
          type="button"
          className="button button-edged"
          onClick={() => this.setState({ failure: null })}
        >
          Show it again
        </button>
      </div>
    );
  }
}
