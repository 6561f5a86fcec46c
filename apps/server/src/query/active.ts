// The queries that wait or run now: for /api/v1/status/queries, and for who wants to stop one.
// Comes from: query/runner.

export type ActiveState = "queued" | "running";

export class ActiveQuery {
  readonly id: string;
  readonly expression: string;
  /** ms since 1970. */
  readonly startTime: number;
  /** By the stopwatch, ms. */
  readonly startedMs: number;
  state: ActiveState = "queued";
  /** Samples decoded so far. */
  samplesRead: () => number = () => 0;
  readonly #stop = new AbortController();

  constructor(options: { id: string; expression: string; startTime: number; startedMs: number }) {
    this.id = options.id;
    this.expression = options.expression;
    this.startTime = options.startTime;
    this.startedMs = options.startedMs;
  }

  /** Aborted when the query shall end; its reason is an Error. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The first reason counts. */
  stop(reason: StopReason): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(reason);
  }
}

/** Why a query ends early. */
export class StopReason extends Error {
  readonly type: "timeout" | "canceled";

  constructor(type: "timeout" | "canceled") {
    super(type);
    this.type = type;
  }
}

export class ActiveQueries {
  readonly #byId = new Map<string, ActiveQuery>();
  #lastId = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** In order of their start. */
  list(): ActiveQuery[] {
    return [...this.#byId.values()];
  }

  begin(start: { readonly expression: string; readonly startTime: number; readonly startedMs: number }): ActiveQuery {
    const query = new ActiveQuery({ id: String(++this.#lastId), ...start });
    this.#byId.set(query.id, query);
    return query;
  }

  end(query: ActiveQuery): void {
    this.#byId.delete(query.id);
  }

  /** False when there is no such query. */
  cancel(id: string): boolean {
    const query = this.#byId.get(id);
    query?.stop(new StopReason("canceled"));
    return query !== undefined;
  }
}
