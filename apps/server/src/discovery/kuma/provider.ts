// kuma_sd_configs: data planes that a Kuma control plane assigns to us: its monitoring assignment service (MADS), asked
// over HTTP with long polls (kuma.io/docs/latest/policies/traffic-metrics). Goes to: discovery/manager.
import { hostname } from "node:os";
import { printDuration } from "@narthex/model";
import { ApiStatusError, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { prefixedLabels } from "../label-name.js";
import type { Provider } from "../provider.js";
import { type SessionScope, sessionProvider } from "../refresh.js";
import type { KumaSdConfig } from "./config.js";

const resourceType = "type.googleapis.com/kuma.observability.v1.MonitoringAssignment";
/** Above the time that the control plane may take: for the way there and back. */
const marginMs = 15_000;

export const kumaProvider: Provider<KumaSdConfig> = sessionProvider<KumaSdConfig>({
  name: "kuma",
  http: (config) => config,
  open: (scope) => {
    const { clock, metrics } = scope.world;
    let known: Known = { version: "", nonce: "" };
    return async (signal) => {
      const start = clock.now();
      const answer = await fetchResources(scope, known, signal).finally(() => {
        metrics.kumaFetchDuration.observe((clock.now() - start) / 1000);
      });
      if (!answer) {
        metrics.kumaSkippedUpdates.inc();
        return undefined;
      }
      const targets = answer.at("resources").list().flatMap(assignmentTargets);
      known = { version: either(answer, "version_info", "versionInfo").text(), nonce: answer.at("nonce").text() };
      return [{ source: "kuma", targets, labels: {} }];
    };
  },
  countFailure: (metrics) => metrics.kumaFetchFailures.inc(),
});

/** What we were told last; the control plane answers when it has something newer. */
type Known = { readonly version: string; readonly nonce: string };

/** Undefined where nothing changed. */
async function fetchResources(
  { config, api }: SessionScope<KumaSdConfig>,
  { version, nonce }: Known,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const query = { "fetch-timeout": printDuration(config.fetch_timeout) };
  const body = {
    ...(version === "" ? {} : { version_info: version }),
    node: { id: config.client_id || hostname() },
    type_url: resourceType,
    ...(nonce === "" ? {} : { response_nonce: nonce }),
  };
  try {
    const answer = await api.json({
      url: apiUrl(config.server, "/v3/discovery:monitoringassignments", query),
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      timeoutMs: config.fetch_timeout + marginMs,
      signal,
    });
    const type = either(answer, "type_url", "typeUrl").text();
    if (type !== resourceType) throw new Error(`received invalid typeURL for Kuma MADS v1 Resource: ${type}`);
    return answer;
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 304) return undefined;
    throw error;
  }
}

/** Protobuf's JSON has two names for a field. */
function either(answer: Json, name: string, camelName: string): Json {
  return answer.at(name).isNull ? answer.at(camelName) : answer.at(name);
}

const prefix = "__meta_kuma_";

function assignmentTargets(assignment: Json): Record<string, string>[] {
  const common = {
    ...prefixedLabels(`${prefix}label_`, assignment.at("labels").texts()),
    [`${prefix}mesh`]: assignment.at("mesh").text(),
    [`${prefix}service`]: assignment.at("service").text(),
  };
  return assignment
    .at("targets")
    .list()
    .map((target) => {
      const name = target.at("name").text();
      return {
        ...prefixedLabels(`${prefix}label_`, target.at("labels").texts()),
        ...common,
        [`${prefix}dataplane`]: name,
        __address__: target.at("address").text(),
        instance: name,
        __scheme__: target.at("scheme").text(),
        __metrics_path__: either(target, "metrics_path", "metricsPath").text(),
      };
    });
}
