// One active alert of a rule: what is wrong, where, since when, who is told, and the button that quiets it.
import type { HeldAlert, Silence } from "../api/alertmanager.js";
import type { AlertingRule, RuleAlert } from "../api/prometheus.js";
import { parseApiTime } from "../format/time.js";
import { parseValue, printDigits } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { LabelChips } from "../parts/labels.js";
import { RelativeTime } from "../parts/moment.js";
import classes from "./alert-row.module.css";
import { findHeldAlert, suppressionOf } from "./held-list.js";
import { detailAnnotations, summaryOf } from "./rule-list.js";
import { SilenceButton } from "./silence-button.js";
import { SuppressionReasons } from "./suppression-reasons.js";

interface AlertRowProps {
  alert: RuleAlert;
  rule: AlertingRule;
  held: readonly HeldAlert[];
  silences: readonly Silence[];
}

export function AlertRow({ alert, rule, held, silences }: AlertRowProps) {
  const heldAlert = findHeldAlert(held, alert.labels);
  const suppression = heldAlert && suppressionOf(heldAlert);
  const summary = summaryOf(alert.annotations);
  return (
    <article className={classes.alert} data-state={alert.state} aria-label={`${rule.name}, ${alert.state}`}>
      <div className={classes.what}>
        {summary !== undefined && <div className={classes.summary}>{summary}</div>}
        {/* The labels every alert of this rule has stand above already. */}
        <LabelChips labels={alert.labels} without={["alertname", ...Object.keys(rule.labels)]} />
        <Annotations annotations={alert.annotations} />
        {heldAlert !== undefined && <SuppressionReasons alert={heldAlert} silences={silences} />}
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>Value</dt>
          <dd title={alert.value}>{printDigits(parseValue(alert.value))}</dd>
        </div>
        <div>
          <dt>{alert.state === "firing" ? "Active since" : "Pending since"}</dt>
          <dd>
            <RelativeTime t={parseApiTime(alert.activeAt)} />
          </dd>
        </div>
      </dl>
      <div className={classes.actions}>
        {alert.state === "pending" && <StateBadge state="pending" />}
        {suppression === undefined ? (
          heldAlert && (
            <span className={classes.receivers}>to {heldAlert.receivers.map(({ name }) => name).join(", ")}</span>
          )
        ) : (
          <StateBadge state={suppression} />
        )}
        <SilenceButton labels={alert.labels} />
      </div>
    </article>
  );
}

export function Annotations({ annotations }: { annotations: Record<string, string> }) {
  const details = detailAnnotations(annotations);
  if (details.length === 0) return null;
  return (
    <dl className={classes.annotations}>
      {details.map(({ name, value, isLink }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {isLink ? (
              <a href={value} target="_blank" rel="noreferrer noopener">
                {value}
              </a>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
