// The threads of this process, each through V8's inspector: the main one and all workers there are now.
// Comes from: pprof/cpu, pprof/heap.
import type { Session } from "node:inspector/promises";

export type ProfiledThread = {
  /** "main", or a worker's name. */
  readonly name: string;
  /** Rejects when the thread ends or does not answer in time. */
  readonly ask: (method: string, parameters?: object) => Promise<unknown>;
};

export type ProfiledThreads = { readonly list: readonly ProfiledThread[]; readonly close: () => void };

/** A worker that waits for memory of another thread hears nothing meanwhile. */
const answerMsMax = 5000;

type Attached = { readonly sessionId: string; readonly workerInfo: { readonly title: string } };
type Reply = { readonly id?: number; readonly result?: unknown; readonly error?: { readonly message: string } };

export async function openThreads(): Promise<ProfiledThreads> {
  // Only who profiles pays for the inspector.
  const { Session } = process.getBuiltinModule("node:inspector/promises");
  const session = new Session();
  session.connect();
  const workers = new WorkerSessions(session);
  // V8 sends "attached" for each worker before it answers.
  await session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  const main: ProfiledThread = {
    name: "main",
    ask: (method, parameters) => session.post(method as "Profiler.enable", parameters as undefined),
  };
  return { list: [main, ...workers.list()], close: () => session.disconnect() };
}

class WorkerSessions {
  readonly #session: Session;
  readonly #attached: Attached[] = [];
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  constructor(session: Session) {
    this.#session = session;
    session.on("NodeWorker.attachedToWorker", ({ params }) => this.#attached.push(params));
    session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
      const reply = JSON.parse(params.message) as Reply;
      if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
    });
  }

  list(): ProfiledThread[] {
    return this.#attached.map(({ sessionId, workerInfo }) => ({
      // "[worker 3] query"
      name: workerInfo.title.replace(/^\[worker \d+\] ?/, "") || "worker",
      ask: (method, parameters) => this.#ask(sessionId, { method, parameters }),
    }));
  }

  async #ask(
    sessionId: string,
    { method, parameters = {} }: { readonly method: string; readonly parameters: object | undefined },
  ): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: the worker does not answer`)), answerMsMax);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    }).finally(() => this.#waiting.delete(id));
    const message = JSON.stringify({ id, method, params: parameters });
    const sent = this.#session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
    await Promise.all([answered, sent]);
    return answered;
  }
}
