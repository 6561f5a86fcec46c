/** The request took longer than its `timeoutMs`. */
export class HttpTimeoutError extends Error {
  override readonly name = "HttpTimeoutError";
}

/** The body is longer than `bodyBytesMax`. */
export class BodyLimitError extends Error {
  override readonly name = "BodyLimitError";
}
