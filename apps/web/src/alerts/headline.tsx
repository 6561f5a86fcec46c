// The state of everything in one line, for somebody who has just been woken up.
import type { HeldAlert } from "../api/alertmanager.js";
import type { RuleGroup } from "../api/prometheus.js";
import { plural } from "../format/value.js";
import type { Tone } from "../parts/badge.js";
import { Headline } from "../parts/page-head.js";
import { suppressionOf } from "./held-list.js";
import { severestLabels } from "./rule-list.js";

interface Fact {
  text: string;
  tone: Tone;
}

function factsFrom(groups: readonly RuleGroup[], held: readonly HeldAlert[]): Fact[] {
  const alerts = groups.flatMap(({ rules }) => rules.flatMap((rule) => rule.alerts));
  const firing = alerts.filter(({ state }) => state === "firing");
  const pending = alerts.length - firing.length;
  const critical = firing.filter(({ labels }) => severestLabels.has(labels["severity"] ?? "")).length;
  const suppressed = held.filter((alert) => suppressionOf(alert) !== undefined).length;
  const facts: Fact[] = [
    firing.length === 0
      ? { text: "Nothing fires", tone: "ok" }
      : { text: `${plural(firing.length, "alert")} firing`, tone: "firing" },
  ];
  if (critical > 0) facts.push({ text: `${critical} critical`, tone: "firing" });
  if (pending > 0) facts.push({ text: `${pending} pending`, tone: "pending" });
  if (suppressed > 0) facts.push({ text: `${suppressed} suppressed`, tone: "silenced" });
  return facts;
}

export function AlertsHeadline({ groups, held }: { groups: RuleGroup[]; held: readonly HeldAlert[] }) {
  return (
    <Headline>
      {factsFrom(groups, held).map(({ text, tone }, i) => (
        <span key={text}>
          {i > 0 && " · "}
          <strong data-tone={tone}>{text}</strong>
        </span>
      ))}
    </Headline>
  );
}
