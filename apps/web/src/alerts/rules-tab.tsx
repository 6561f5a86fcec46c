// Rule groups with their alerting rules: what fires first, and open.
import { IconBellRinging } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { HeldAlert, Silence } from "../api/alertmanager.js";
import type { RuleGroup } from "../api/prometheus.js";
import { printDuration } from "../format/duration.js";
import { parseApiTime } from "../format/time.js";
import { printValue } from "../format/value.js";
import { EmptyState } from "../parts/empty-state.js";
import { RelativeTime } from "../parts/moment.js";
import page from "../parts/page.module.css";
import { useChoice, useParameter } from "../parts/parameters.js";
import { FilterPills } from "../parts/pills.js";
import { SearchField } from "../parts/toolbar.js";
import { countRuleStates, selectRules } from "./rule-list.js";
import { RuleRow } from "./rule-row.js";

const states = ["all", "firing", "pending", "inactive", "failing"] as const;

interface RulesTabProps {
  groups: RuleGroup[];
  held: readonly HeldAlert[];
  silences: readonly Silence[];
}

export function RulesTab({ groups, held, silences }: RulesTabProps) {
  const [search, setSearch] = useParameter("search");
  const [state, setState] = useChoice("state", states);
  // What the user opened or closed; everything else follows its state.
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const selected = useMemo(() => selectRules(groups, { search, state }), [groups, search, state]);
  if (groups.length === 0) return <NoRules />;
  const toggle = (key: string, isOpen: boolean): void => setToggled(new Map(toggled).set(key, isOpen));
  return (
    <>
      <RuleToolbar groups={groups} {...{ search, setSearch, state, setState }} />
      <div className={page.cards}>
        {selected.map((group) => (
          <GroupCard key={`${group.file}\n${group.name}`} group={group}>
            {group.rules.map((rule, i) => {
              const key = `${group.file}\n${group.name}\n${rule.name}\n${i}`;
              const isOpen = toggled.get(key) ?? rule.state === "firing";
              return (
                <RuleRow
                  key={key}
                  {...{ rule, held, silences, isOpen }}
                  onToggle={() => toggle(key, !isOpen)}
                  onPick={(name, value) => setSearch(`${name}="${value}"`)}
                />
              );
            })}
          </GroupCard>
        ))}
      </div>
      {selected.length === 0 && (
        <EmptyState title="No rule matches">
          <p>
            Every word of the search must occur in a rule's name, expression, labels or annotations, or in those of its
            alerts.
          </p>
        </EmptyState>
      )}
    </>
  );
}

type State = (typeof states)[number];

interface RuleToolbarProps {
  groups: RuleGroup[];
  search: string;
  setSearch: (search: string) => void;
  state: State;
  setState: (state: State) => void;
}

function RuleToolbar({ groups, search, setSearch, state, setState }: RuleToolbarProps) {
  const counts = useMemo(() => countRuleStates(groups), [groups]);
  const failing = groups.flatMap(({ rules }) => rules).filter(({ health }) => health === "err").length;
  const total = counts.firing + counts.pending + counts.inactive;
  return (
    <div className={page.toolbar}>
      <FilterPills
        label="Rules by state"
        value={state}
        onChange={setState}
        pills={[
          { value: "all", name: "All", count: total },
          { value: "firing", name: "Firing", count: counts.firing, tone: "firing" },
          { value: "pending", name: "Pending", count: counts.pending, tone: "pending" },
          { value: "inactive", name: "Inactive", count: counts.inactive },
          ...(failing > 0 || state === "failing"
            ? [{ value: "failing" as const, name: "Failing", count: failing, tone: "firing" as const }]
            : []),
        ]}
      />
      <SearchField value={search} label="Search names, labels, annotations" onChange={setSearch} />
    </div>
  );
}

function GroupCard({ group, children }: { group: RuleGroup; children: React.ReactNode }) {
  return (
    <section className={page.card} aria-label={`Rule group ${group.name}`}>
      <div className={page.cardHead}>
        <h2 className={page.cardTitle}>{group.name}</h2>
        <span className={page.quiet}>{group.file}</span>
        <span className={`${page.quiet} ${page.push}`}>
          every {printDuration(group.interval * 1000)} · evaluated{" "}
          <RelativeTime t={parseApiTime(group.lastEvaluation)} /> in {printValue(group.evaluationTime, "seconds")}
        </span>
      </div>
      {children}
    </section>
  );
}

function NoRules() {
  return (
    <EmptyState title="No alerting rules yet" icon={<IconBellRinging size={32} stroke={1.4} />}>
      <p>An alerting rule is an expression that should return nothing while all is well. Put one in a rule file:</p>
      <pre>
        {`groups:
  - name: basics
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 5m
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.instance }} is down" }`}
      </pre>
      <p>
        Name the file under <code>rule_files</code> in the configuration and reload.
      </p>
    </EmptyState>
  );
}
