// What Alertmanager holds: alert groups under the receivers they notify, and what keeps alerts from being sent.
import { NativeSelect } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AlertGroup, HeldAlert, Silence } from "../api/alertmanager.js";
import { parseApiTime } from "../format/time.js";
import { plural } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { EmptyState } from "../parts/empty-state.js";
import { LabelChips } from "../parts/labels.js";
import { RelativeTime } from "../parts/moment.js";
import page from "../parts/page.module.css";
import { useChoice, useParameter } from "../parts/parameters.js";
import { FilterPills } from "../parts/pills.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { SearchField } from "../parts/toolbar.js";
import { Annotations } from "./alert-row.js";
import row from "./alert-row.module.css";
import { AlertmanagerError } from "./alertmanager-error.js";
import { distinguishingLabels, groupsByReceiver, heldAlerts, selectGroups, suppressionOf } from "./held-list.js";
import classes from "./held-tab.module.css";
import { summaryOf } from "./rule-list.js";
import { SilenceButton } from "./silence-button.js";
import { SuppressionReasons } from "./suppression-reasons.js";

const states = ["all", "active", "suppressed"] as const;

interface HeldTabProps {
  query: UseQueryResult<AlertGroup[]>;
  silences: readonly Silence[];
}

export function HeldTab({ query, silences }: HeldTabProps) {
  const [search, setSearch] = useParameter("search");
  const [receiver, setReceiver] = useParameter("receiver");
  const [state, setState] = useChoice("held", states);
  const groups = query.data;
  const receivers = useMemo(() => [...new Set((groups ?? []).map((group) => group.receiver.name))].sort(), [groups]);
  if (groups === undefined) {
    return query.isError ? <AlertmanagerError error={query.error} onRetry={query.refetch} /> : <PageSkeleton />;
  }
  const alerts = [...heldAlerts(groups).values()];
  const suppressed = alerts.filter((alert) => suppressionOf(alert) !== undefined).length;
  const selected = selectGroups(groups, { search, state, receiver: receiver === "" ? undefined : receiver });
  return (
    <>
      <div className={page.toolbar}>
        <FilterPills
          label="Alerts by whether they notify"
          value={state}
          onChange={setState}
          pills={[
            { value: "all", name: "All", count: alerts.length },
            { value: "active", name: "Notifying", count: alerts.length - suppressed, tone: "firing" },
            { value: "suppressed", name: "Suppressed", count: suppressed, tone: "silenced" },
          ]}
        />
        <SearchField value={search} label="Search labels and annotations" onChange={setSearch} />
        <NativeSelect
          aria-label="Receiver"
          value={receiver}
          data={[{ value: "", label: "All receivers" }, ...receivers]}
          onChange={(event) => setReceiver(event.currentTarget.value)}
        />
      </div>
      {groupsByReceiver(selected).map(([name, list]) => (
        <section key={name} className={classes.receiver} aria-label={`Receiver ${name}`}>
          <h2 className={classes.receiverName}>
            <span className={page.quiet}>Receiver</span> {name}
          </h2>
          <div className={page.cards}>
            {list.map((group) => (
              <GroupCard key={JSON.stringify(group.labels)} group={group} silences={silences} />
            ))}
          </div>
        </section>
      ))}
      {selected.length === 0 && <NothingHeld hasAlerts={alerts.length > 0} />}
    </>
  );
}

function NothingHeld({ hasAlerts }: { hasAlerts: boolean }) {
  if (hasAlerts) return <EmptyState title="No alert matches">Change the search or the filters.</EmptyState>;
  return (
    <EmptyState title="Alertmanager holds no alerts" icon={<IconInbox size={32} stroke={1.4} />}>
      <p>
        Firing alerts arrive here a moment after their rule's <code>for</code> has passed, are grouped by the labels in{" "}
        <code>group_by</code>, and are sent to the receiver of the route they match.
      </p>
    </EmptyState>
  );
}

function GroupCard({ group, silences }: { group: AlertGroup; silences: readonly Silence[] }) {
  const hasLabels = Object.keys(group.labels).length > 0;
  return (
    <section className={page.card}>
      <div className={page.cardHead}>
        {hasLabels ? (
          <LabelChips labels={group.labels} />
        ) : (
          <span className={page.quiet}>Not grouped by any label</span>
        )}
        <span className={`${page.quiet} ${page.push}`}>{plural(group.alerts.length, "alert")}</span>
      </div>
      {group.alerts.map((alert) => (
        <HeldRow key={alert.fingerprint} {...{ alert, group, silences }} />
      ))}
    </section>
  );
}

interface HeldRowProps {
  alert: HeldAlert;
  group: AlertGroup;
  silences: readonly Silence[];
}

function HeldRow({ alert, group, silences }: HeldRowProps) {
  const summary = summaryOf(alert.annotations);
  return (
    <article className={`${row.alert} ${classes.row}`}>
      <div className={row.what}>
        {summary !== undefined && <div className={row.summary}>{summary}</div>}
        <LabelChips labels={distinguishingLabels(alert, group)} />
        <Annotations annotations={alert.annotations} />
        <SuppressionReasons alert={alert} silences={silences} />
      </div>
      <dl className={`${row.facts} ${classes.started}`}>
        <div>
          <dt>Started</dt>
          <dd>
            <RelativeTime t={parseApiTime(alert.startsAt)} />
          </dd>
        </div>
      </dl>
      <div className={row.actions}>
        <StateBadge state={suppressionOf(alert) ?? "firing"}>{suppressionOf(alert) ?? "notifying"}</StateBadge>
        <SilenceButton labels={alert.labels} />
      </div>
    </article>
  );
}
