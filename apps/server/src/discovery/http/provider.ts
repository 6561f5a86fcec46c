// http_sd_configs: an endpoint that answers with target groups as JSON.
// Comes from: the endpoint, every refresh interval. Goes to: discovery/manager.
import { createHttpClient } from "@narthex/service";
import { userAgent } from "../../version.js";
import { answerBytesMax, statusText } from "../api-client.js";
import type { Json } from "../json.js";
import { parseJson } from "../json.js";
import type { Provider, TargetGroup } from "../provider.js";
import { refreshRegularly } from "../refresh.js";
import type { HttpSdConfig } from "./config.js";

const jsonForm = /^application\/json(;\s*charset=("utf-8"|utf-8))?$/i;

export const httpProvider: Provider<HttpSdConfig> = {
  name: "http",
  start(config, world) {
    const client = createHttpClient(config, { userAgent, clock: world.clock });
    const request = {
      url: config.url,
      headers: {
        accept: "application/json",
        "x-prometheus-refresh-interval-seconds": String(config.refresh_interval / 1000),
      },
      timeoutMs: config.refresh_interval,
      bodyBytesMax: answerBytesMax,
    };
    const refresh = async (signal: AbortSignal): Promise<TargetGroup[]> => {
      try {
        const { status, headers, body } = await client.request({ ...request, signal });
        if (status !== 200) throw new Error(`server returned HTTP status ${statusText(status)}`);
        const type = headers["content-type"] ?? "";
        if (!jsonForm.test(type.trim())) throw new Error(`unsupported content type ${JSON.stringify(type)}`);
        return groupsFrom(parseJson(body), config.url);
      } catch (error) {
        world.metrics.httpFailures.inc();
        throw error;
      }
    };
    const stop = refreshRegularly({ intervalMs: config.refresh_interval, world, refresh });
    return () => {
      stop();
      client.close();
    };
  },
};

const groupFields = ["targets", "labels"];

function groupsFrom(answer: Json, url: string): TargetGroup[] {
  return answer.list().map((group, i) => {
    if (group.isNull) throw new Error("nil target group item found");
    const unknown = group.fields().find(([name]) => !groupFields.includes(name));
    if (unknown) throw new Error(`unknown field ${JSON.stringify(unknown[0])} in a target group`);
    return {
      source: `${url}:${i}`,
      targets: group
        .at("targets")
        .list()
        .map((target) => ({ __address__: target.text() })),
      labels: { ...group.at("labels").texts(), __meta_url: url },
    };
  });
}
