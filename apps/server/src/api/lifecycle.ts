// /-/healthy, /-/ready, and, behind --web.enable-lifecycle, /-/reload and /-/quit. /version and /metrics.
import { answerScrape, type Registry } from "@narthex/client";
import { errorText } from "@narthex/service";
import { type Answer, notReady, text } from "./respond.js";
import { changeRoute, earlyRoute, type Route } from "./route.js";
import { buildInfo } from "./status.js";

export type LifecycleSource = {
  readonly registry: Registry;
  readonly isReady: () => boolean;
  readonly isEnabled: boolean;
  readonly reload: () => Promise<void>;
  readonly quit: () => void;
};

export function lifecycleRoutes(source: LifecycleSource): Route[] {
  return [
    earlyRoute("/-/healthy", () => text("Prometheus Server is Healthy.\n")),
    earlyRoute("/-/ready", () => (source.isReady() ? text("Prometheus Server is Ready.\n") : notReady)),
    { ...changeRoute("/-/reload", () => (source.isEnabled ? reload(source) : disabled)), isAlwaysServed: true },
    { ...changeRoute("/-/quit", () => (source.isEnabled ? quit(source) : disabled)), isAlwaysServed: true },
    earlyRoute("/version", () => text(JSON.stringify(buildInfo))),
    earlyRoute("/metrics", async ({ headers }) => {
      const accept = headers["accept"];
      const { body, contentType } = await answerScrape(
        source.registry,
        typeof accept === "string" ? accept : undefined,
      );
      return { kind: "body", body, contentType };
    }),
  ];
}

const disabled: Answer = text("Lifecycle API is not enabled.\n", 403);

async function reload(source: LifecycleSource): Promise<Answer> {
  try {
    await source.reload();
    return { kind: "done" };
  } catch (error) {
    return text(`failed to reload config: ${errorText(error)}\n`, 500);
  }
}

function quit(source: LifecycleSource): Answer {
  source.quit();
  return text("Requesting termination... Goodbye!\n");
}
