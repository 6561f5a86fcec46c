// /-/healthy, /-/ready, and, behind --web.enable-lifecycle, /-/reload and /-/quit. /version and /metrics.
import { answerScrape, type Registry } from "@narthex/client";
import { errorText } from "@narthex/service";
import { type Answer, jsonType, text } from "./respond.js";
import { get, postOrPut, type Route } from "./route.js";
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
    get("/-/healthy", () => text("Prometheus Server is Healthy.\n")),
    get("/-/ready", () =>
      source.isReady() ? text("Prometheus Server is Ready.\n") : text("Service Unavailable", 503),
    ),
    postOrPut("/-/reload", () => (source.isEnabled ? reload(source) : disabled)),
    postOrPut("/-/quit", () => (source.isEnabled ? quit(source) : disabled)),
    get("/version", () => ({ kind: "body", body: JSON.stringify(buildInfo), contentType: jsonType })),
    get("/metrics", async ({ headers }) => {
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
    return text("");
  } catch (error) {
    return text(`failed to reload config: ${errorText(error)}\n`, 500);
  }
}

function quit(source: LifecycleSource): Answer {
  source.quit();
  return text("Requesting termination... Goodbye!\n");
}
