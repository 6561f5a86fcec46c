// The Alerts page: what fires and why, what Alertmanager does about it, and the silences.
import { Tabs } from "@mantine/core";
import { useMemo } from "react";
import { LoadError } from "../parts/load-error.js";
import page from "../parts/page.module.css";
import { useChoice } from "../parts/parameters.js";
import { useRefreshInterval } from "../parts/preferences.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { RefreshControl } from "../parts/toolbar.js";
import { useAlertGroups, useRuleGroups, useSilences } from "./data.js";
import { Headline } from "./headline.js";
import { heldAlerts } from "./held-list.js";
import { HeldTab } from "./held-tab.js";
import { HistoryTab } from "./history-tab.js";
import { RulesTab } from "./rules-tab.js";
import { SilenceProvider } from "./silence-provider.js";
import { SilencesTab } from "./silences-tab.js";

const refreshDefaultMs = 15_000;
const tabs = ["rules", "alertmanager", "silences", "history"] as const;

export default function AlertsPage() {
  const [intervalMs, setIntervalMs] = useRefreshInterval("alerts", refreshDefaultMs);
  const [tab, setTab] = useChoice("tab", tabs);
  const rules = useRuleGroups(intervalMs);
  const groups = useAlertGroups(intervalMs);
  const silences = useSilences(intervalMs);
  const held = useMemo(() => [...heldAlerts(groups.data ?? []).values()], [groups.data]);
  const activeSilences = silences.data?.filter(({ status }) => status.state === "active").length;
  const refresh = (): void => void Promise.all([rules.refetch(), groups.refetch(), silences.refetch()]);
  return (
    <SilenceProvider isAvailable={groups.isSuccess}>
      <div className={page.head}>
        <h1 className={page.title}>Alerts</h1>
        <Headline groups={rules.data} held={held} />
        <div className={page.push}>
          <RefreshControl
            intervalMs={intervalMs}
            isLoading={rules.isFetching || groups.isFetching || silences.isFetching}
            onRefresh={refresh}
            onIntervalChange={setIntervalMs}
          />
        </div>
      </div>
      <Tabs
        value={tab}
        onChange={(value) => setTab(tabs.find((name) => name === value) ?? "rules")}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="alertmanager">Alertmanager {groups.isSuccess && <Count n={held.length} />}</Tabs.Tab>
          <Tabs.Tab value="silences">Silences {activeSilences !== undefined && <Count n={activeSilences} />}</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="rules">
          {rules.data !== undefined ? (
            <RulesTab groups={rules.data} held={held} silences={silences.data ?? []} />
          ) : rules.isError ? (
            <LoadError what="the rules" error={rules.error} onRetry={refresh} />
          ) : (
            <PageSkeleton />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="alertmanager">
          <HeldTab query={groups} silences={silences.data ?? []} />
        </Tabs.Panel>
        <Tabs.Panel value="silences">
          <SilencesTab query={silences} held={held} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <HistoryTab intervalMs={intervalMs} />
        </Tabs.Panel>
      </Tabs>
    </SilenceProvider>
  );
}

function Count({ n }: { n: number }) {
  return <span style={{ color: "var(--nx-muted)", fontVariantNumeric: "tabular-nums" }}>{n}</span>;
}
