// What became of alerts: every change of state that the server kept, the newest first.
import { NativeSelect } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { AlertTransition } from "../api/prometheus.js";
import { printRoughDuration } from "../format/duration.js";
import { parseApiTime, printClock } from "../format/time.js";
import { parseValue, plural, printDigits } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { EmptyState } from "../parts/empty-state.js";
import { LabelChips } from "../parts/labels.js";
import { NotLoaded } from "../parts/not-loaded.js";
import page from "../parts/page.module.css";
import { useChoice, useParameter } from "../parts/parameters.js";
import { FilterPills } from "../parts/pills.js";
import { useZone } from "../parts/preferences.js";
import { SearchField } from "../parts/toolbar.js";
import { useAlertHistory } from "./data.js";
import { byDay, type Change, changeOf, countChanges, selectTransitions } from "./history-list.js";
import classes from "./history-tab.module.css";
import { summaryOf } from "./rule-list.js";

const changes = ["all", "firing", "pending", "resolved", "gone"] as const;
const spans = ["1h", "6h", "1d", "7d", "30d"] as const;
const spanNames = {
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "1d": "Last day",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};
const hourMs = 3_600_000;
const spanMs = { "1h": hourMs, "6h": 6 * hourMs, "1d": 24 * hourMs, "7d": 168 * hourMs, "30d": 720 * hourMs };

/** Rows that stand there before somebody asks for the rest. */
const rowsShownMax = 200;

export function HistoryTab({ intervalMs }: { intervalMs: number }) {
  const [search, setSearch] = useParameter("search");
  const [change, setChange] = useChoice("change", changes);
  const [span, setSpan] = useChoice("span", ["1d", ...spans.filter((one) => one !== "1d")]);
  const [isAllShown, setIsAllShown] = useState(false);
  const [zone] = useZone();
  const query = useAlertHistory(spanMs[span], intervalMs);
  const transitions = query.data?.transitions;
  const selected = useMemo(
    () => selectTransitions(transitions ?? [], { search, change }),
    [transitions, search, change],
  );
  if (transitions === undefined) return <NotLoaded query={query} what="the history" />;
  const counts = countChanges(transitions);
  const shown = isAllShown ? selected : selected.slice(0, rowsShownMax);
  return (
    <>
      <div className={page.toolbar}>
        <FilterPills
          label="Changes by what happened"
          value={change}
          onChange={setChange}
          pills={[
            { value: "all", name: "All", count: transitions.length },
            { value: "firing", name: "Began to fire", count: counts.firing, tone: "firing" },
            { value: "resolved", name: "Resolved", count: counts.resolved, tone: "ok" },
            { value: "pending", name: "Pending", count: counts.pending, tone: "pending" },
            { value: "gone", name: "Passed", count: counts.gone },
          ]}
        />
        <SearchField value={search} label="Search labels and annotations" onChange={setSearch} />
        <NativeSelect
          aria-label="Time span"
          value={span}
          data={spans.map((value) => ({ value, label: spanNames[value] }))}
          onChange={(event) => setSpan(spans.find((one) => one === event.currentTarget.value) ?? "1d")}
        />
      </div>
      <div className={page.cards}>
        {byDay(shown, zone).map(({ date, transitions: ofDay }) => (
          <section key={date} className={page.card} aria-label={date}>
            <div className={page.cardHead}>
              <h2 className={page.cardTitle}>{date}</h2>
              <span className={`${page.quiet} ${page.push}`}>{plural(ofDay.length, "change")}</span>
            </div>
            {ofDay.map((transition) => (
              <HistoryRow
                key={JSON.stringify([transition.time, transition.state, transition.labels, transition.rule])}
                transition={transition}
                onPick={(name, value) => setSearch(`${name}="${value}"`)}
              />
            ))}
          </section>
        ))}
      </div>
      {shown.length < selected.length && (
        <button type="button" className={page.more} onClick={() => setIsAllShown(true)}>
          Show all {plural(selected.length, "change")}
        </button>
      )}
      {query.data?.isCut && <p className={page.quiet}>There were more than these: choose a shorter time span.</p>}
      {selected.length === 0 && <NoHistory isFiltered={transitions.length > 0} />}
    </>
  );
}

const words: Record<Change, { state: string; text: string }> = {
  firing: { state: "firing", text: "firing" },
  pending: { state: "pending", text: "pending" },
  resolved: { state: "active", text: "resolved" },
  gone: { state: "inactive", text: "passed" },
};

interface HistoryRowProps {
  transition: AlertTransition;
  onPick: (name: string, value: string) => void;
}

function HistoryRow({ transition, onPick }: HistoryRowProps) {
  const [zone] = useZone();
  const time = parseApiTime(transition.time) ?? 0;
  const change = changeOf(transition);
  const { state, text } = words[change];
  const summary = summaryOf(transition.annotations);
  const lastedMs = time - (parseApiTime(transition.activeAt) ?? time);
  return (
    <article className={classes.row} aria-label={`${transition.rule.name}, ${text}`}>
      <time className={classes.time} dateTime={transition.time}>
        {printClock(time, zone)}
      </time>
      <span className={classes.change}>
        <StateBadge state={state}>{text}</StateBadge>
      </span>
      <div className={classes.what}>
        <div>
          <span className={classes.name}>{transition.rule.name}</span>
          {summary !== undefined && <span className={classes.summary}>{summary}</span>}
        </div>
        <LabelChips labels={transition.labels} without={["alertname"]} onPick={onPick} />
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>Value</dt>
          <dd title={transition.value}>{printDigits(parseValue(transition.value))}</dd>
        </div>
        {lastedMs > 0 && (
          <div>
            <dt>{change === "firing" ? "Pending for" : "Lasted"}</dt>
            <dd>{printRoughDuration(lastedMs)}</dd>
          </div>
        )}
      </dl>
    </article>
  );
}

function NoHistory({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <EmptyState title="No change matches">Change the search or the filters.</EmptyState>;
  return (
    <EmptyState title="Nothing happened in this time" icon={<IconHistory size={32} stroke={1.4} />}>
      <p>Each time an alert becomes pending, begins to fire or ends, that is kept here with its value and labels.</p>
    </EmptyState>
  );
}
