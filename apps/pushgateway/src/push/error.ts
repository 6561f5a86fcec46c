/** A request that cannot be fulfilled as it is; `status` is HTTP's. The message goes to the client. */
export class PushError extends Error {
  override readonly name = "PushError";
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}
