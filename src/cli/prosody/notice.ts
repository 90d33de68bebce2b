/** What the import says about one thing that it could not take, or that is otherwise in Kith. Never a secret. */
export interface Notice {
  /** File and line, or what it is about. */
  readonly where: string;
  /** One sentence. */
  readonly text: string;
}
