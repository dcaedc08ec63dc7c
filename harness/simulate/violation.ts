/** What a run of the simulator may be convicted of. `kind` says which law was broken; a cut-down run must break the same. */
export interface Violation {
  readonly kind: string;
  readonly detail: string;
}
