/** The request took longer than its `timeoutMs`. */
export class HttpTimeoutError extends Error {
  override readonly name = "HttpTimeoutError";
}

/** The body is longer than `bodyBytesMax`. */
export class BodyLimitError extends Error {
  override readonly name = "BodyLimitError";
  /** What the head said that came before; undefined where that is not known. */
  readonly status: number | undefined;

  constructor(message: string, options: { readonly status?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.status = options.status;
  }
}
