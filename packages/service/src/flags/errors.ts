export type UsageErrorOptions = ErrorOptions & {
  /** 2, as kingpin's. */
  readonly exitCode?: number;
};

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode: number;
  constructor(message: string, options: UsageErrorOptions = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 2;
  }
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
