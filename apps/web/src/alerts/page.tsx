// The Alerts page: what fires and why, what Alertmanager does about it, and the silences.
import { Tabs } from "@mantine/core";
import { useMemo } from "react";
import { NotLoaded } from "../parts/not-loaded.js";
import { PageHead } from "../parts/page-head.js";
import { useChoice } from "../parts/parameters.js";
import { useRefreshInterval } from "../parts/preferences.js";
import { useAlertGroups, useRuleGroups, useSilences } from "./data.js";
import { AlertsHeadline } from "./headline.js";
import { heldAlerts } from "./held-list.js";
import { HeldTab } from "./held-tab.js";
import { HistoryTab } from "./history-tab.js";
import { RulesTab } from "./rules-tab.js";
import { SilenceProvider } from "./silence-provider.js";
import { SilencesTab } from "./silences-tab.js";

const refreshDefaultMs = 15_000;
const tabs = ["rules", "alertmanager", "silences", "history"] as const;

export default function AlertsPage() {
  const interval = useRefreshInterval("alerts", refreshDefaultMs);
  const [intervalMs] = interval;
  const [tab, setTab] = useChoice("tab", tabs);
  const rules = useRuleGroups(intervalMs);
  const groups = useAlertGroups(intervalMs);
  const silences = useSilences(intervalMs);
  const held = useMemo(() => [...heldAlerts(groups.data ?? []).values()], [groups.data]);
  const activeSilences = silences.data?.filter(({ status }) => status.state === "active").length;
  const queries = [rules, groups, silences];
  return (
    <SilenceProvider isAvailable={groups.isSuccess}>
      <PageHead
        title="Alerts"
        interval={interval}
        isLoading={queries.some(({ isFetching }) => isFetching)}
        onRefresh={() => queries.map(({ refetch }) => refetch())}
      >
        {rules.data !== undefined && <AlertsHeadline groups={rules.data} held={held} />}
      </PageHead>
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
          ) : (
            <NotLoaded query={rules} what="the rules" />
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
