// One alerting rule: closed, its name, state and summary; open, its expression and every active alert.
import { IconChartLine, IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import { Link } from "wouter";
import type { HeldAlert, Silence } from "../api/alertmanager.js";
import type { AlertingRule, RuleAlert } from "../api/prometheus.js";
import { printDuration } from "../format/duration.js";
import { plural } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { LabelChips } from "../parts/labels.js";
import { Message } from "../parts/message.js";
import page from "../parts/page.module.css";
import { queryLink } from "../query/url.js";
import { AlertRow } from "./alert-row.js";
import { countAlertStates, summaryOf } from "./rule-list.js";
import classes from "./rule-row.module.css";

/** Alerts of one rule shown before somebody asks for the rest. */
const alertsShownMax = 25;

interface RuleRowProps {
  rule: AlertingRule;
  held: readonly HeldAlert[];
  silences: readonly Silence[];
  isOpen: boolean;
  onToggle: () => void;
  onPick: (name: string, value: string) => void;
}

export function RuleRow({ rule, held, silences, isOpen, onToggle, onPick }: RuleRowProps) {
  const bodyId = useId();
  return (
    <div className={classes.rule} data-state={rule.state} data-failing={rule.health === "err" || undefined}>
      <div className={classes.head}>
        <button
          type="button"
          className={classes.toggle}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={onToggle}
        >
          <IconChevronRight size={16} className={classes.chevron} aria-hidden="true" />
          <span className={classes.name}>{rule.name}</span>
        </button>
        <RuleStates rule={rule} />
        <span className={classes.labels}>
          <LabelChips labels={rule.labels} onPick={onPick} />
        </span>
        {rule.duration > 0 && <span className={page.quiet}>for {printDuration(rule.duration * 1000)}</span>}
      </div>
      {!isOpen && <ClosedSummary rule={rule} />}
      <div id={bodyId} hidden={!isOpen} className={classes.body}>
        {isOpen && <OpenRule {...{ rule, held, silences }} />}
      </div>
    </div>
  );
}

function RuleStates({ rule }: { rule: AlertingRule }) {
  const counts = countAlertStates(rule);
  return (
    <span className={classes.states}>
      {rule.health === "err" && <StateBadge state="error">evaluation fails</StateBadge>}
      {counts.firing > 0 && <StateBadge state="firing">{counts.firing} firing</StateBadge>}
      {counts.pending > 0 && <StateBadge state="pending">{counts.pending} pending</StateBadge>}
      {rule.alerts.length === 0 && rule.health !== "err" && <StateBadge state="inactive" />}
    </span>
  );
}

function ClosedSummary({ rule }: { rule: AlertingRule }) {
  const first = rule.alerts[0];
  const summary = rule.health === "err" ? rule.lastError : first && summaryOf(first.annotations);
  if (summary === undefined || summary === "") return null;
  const others = rule.alerts.length - 1;
  return (
    <div className={classes.summary} data-failing={rule.health === "err" || undefined}>
      {summary}
      {others > 0 && <span className={page.quiet}> and {plural(others, "more", "more")}</span>}
    </div>
  );
}

function OpenRule({ rule, held, silences }: Pick<RuleRowProps, "rule" | "held" | "silences">) {
  const [isAllShown, setIsAllShown] = useState(false);
  const sorted = sortAlerts(rule.alerts);
  const shown = isAllShown ? sorted : sorted.slice(0, alertsShownMax);
  return (
    <>
      {rule.health === "err" && (
        <Message kind="error" title="The last evaluation failed">
          {rule.lastError}
        </Message>
      )}
      <div className={classes.expression}>
        <code>{rule.query}</code>
        <Link href={queryLink(rule.query, "graph")} className={classes.queryLink}>
          <IconChartLine size={15} aria-hidden="true" /> Open in Query
        </Link>
      </div>
      {shown.map((alert) => (
        <AlertRow key={JSON.stringify(alert.labels)} {...{ alert, rule, held, silences }} />
      ))}
      {shown.length < sorted.length && (
        <button type="button" className={page.more} onClick={() => setIsAllShown(true)}>
          Show all {plural(sorted.length, "alert")}
        </button>
      )}
      {sorted.length === 0 && rule.health !== "err" && (
        <p className={page.quiet}>The expression returns nothing: all is well.</p>
      )}
    </>
  );
}

/** Firing before pending, then the newest first: what changed last is what people look for. */
function sortAlerts(alerts: readonly RuleAlert[]): RuleAlert[] {
  const rank = (alert: RuleAlert): number => (alert.state === "firing" ? 0 : 1);
  return [...alerts].sort((a, b) => rank(a) - rank(b) || Date.parse(b.activeAt) - Date.parse(a.activeAt));
}
