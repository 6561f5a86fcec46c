// What Node's own tracing tells of some seconds, as events for Perfetto and chrome://tracing, in the place of Go's execution trace.
// Goes to: pprof/routes.

const categories = ["node", "node.perf", "v8"];
/** Some 200 bytes each. */
const eventsMax = 500_000;

export async function traceEvents(elapsed: Promise<void>): Promise<string> {
  const { Session } = process.getBuiltinModule("node:inspector/promises");
  const session = new Session();
  session.connect();
  try {
    const events: unknown[] = [];
    session.on("NodeTracing.dataCollected", ({ params }) => {
      for (const event of params.value.slice(0, eventsMax - events.length)) events.push(event);
    });
    const completed = new Promise((resolve) => session.once("NodeTracing.tracingComplete", resolve));
    await session.post("NodeTracing.start", { traceConfig: { includedCategories: categories } });
    await elapsed;
    await session.post("NodeTracing.stop");
    await completed;
    return JSON.stringify({ traceEvents: events });
  } finally {
    session.disconnect();
  }
}
