/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** --help was given; `text` is what to print. */
export class HelpRequested extends Error {
  override readonly name = "HelpRequested";
  readonly text: string;
  constructor(text: string) {
    super("help requested");
    this.text = text;
  }
}
