// How the answers may differ, and why: what Prometheus 3.14 has and 2.42 has not, and what we do otherwise on purpose.
import type { ApiCall } from "./requests.js";

type Rule = {
  readonly reason: string;
  readonly path: RegExp;
  readonly method?: string;
  /** Of the line that tells of the difference. */
  readonly difference: RegExp;
};

const rules: readonly Rule[] = [
  { reason: "3.x counts samplesRead", path: /stats=/, difference: /^shape .*samplesRead/ },
  { reason: "3.x takes any UTF-8 name", path: /count_values/, difference: /^(?:status 200, theirs 422|shape)/ },
  { reason: "3.x warns of a wrong quantile", path: /quantile/, difference: /^shape .*warnings/ },
  { reason: "3.x tells more of targets", path: /^\/api\/v1\/targets/, difference: /^shape .*droppedTargetCounts/ },
  { reason: "3.x tells more of rules", path: /^\/api\/v1\/rules/, difference: /^shape .*keepFiringFor/ },
  { reason: "3.x has other flags", path: /^\/api\/v1\/status\/flags/, difference: /^shape/ },
  { reason: "3.x tells more of itself", path: /^\/api\/v1\/status\/runtimeinfo/, difference: /^shape .*serverTime/ },
  { reason: "3.x checks limit", path: /^\/api\/v1\/status\/tsdb\?limit=[0x]/, difference: /^(?:status 400|shape)/ },
  { reason: "the UI is our own", path: /^\/(?:graph)?$/, difference: /^(?:status|location|content-type)/ },
  { reason: "a refused method is told which ones are not", path: /^\/-\//, difference: /^allow/ },
  { reason: "HEAD has the type of GET", path: /^\/-\//, method: "HEAD", difference: /^content-type/ },
  { reason: "browsers may read that a path is unknown", path: /^\/api\/v1\/none/, difference: /^access-control-/ },
];

/** The reason; undefined for a difference that nobody expects. */
export function knownDifference({ path, method = "GET" }: ApiCall, difference: string): string | undefined {
  const isMet = (rule: Rule): boolean =>
    rule.path.test(path) && rule.difference.test(difference) && (rule.method ?? method) === method;
  return rules.find(isMet)?.reason;
}
