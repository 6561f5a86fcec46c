// The Targets page: what is scraped, by scrape pool, with what is down on top and its error in full.
import { IconTarget } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { fetchTargets, type TargetDiscovery } from "../api/prometheus.js";
import { plural } from "../format/value.js";
import { EmptyState } from "../parts/empty-state.js";
import { NotLoaded } from "../parts/not-loaded.js";
import page from "../parts/page.module.css";
import { Headline, PageHead } from "../parts/page-head.js";
import { useChoice, useParameter } from "../parts/parameters.js";
import { FilterPills, type Pill } from "../parts/pills.js";
import { useRefreshInterval } from "../parts/preferences.js";
import { SearchField } from "../parts/toolbar.js";
import { showDownCount } from "../shell/queries.js";
import { DroppedTargets } from "./dropped.js";
import { PoolCard } from "./pool-card.js";
import { countHealth, poolsFrom } from "./pools.js";

const refreshDefaultMs = 15_000;
const healths = ["all", "down", "unknown", "up", "dropped"] as const;
type HealthChoice = (typeof healths)[number];

export default function TargetsPage() {
  const interval = useRefreshInterval("targets", refreshDefaultMs);
  const query = useQuery({
    queryKey: ["targets"],
    queryFn: async ({ signal }) => {
      const discovery = await fetchTargets("active", signal);
      showDownCount(countHealth(discovery.activeTargets).down);
      return discovery;
    },
    refetchInterval: interval[0] || false,
  });
  return (
    <>
      <PageHead title="Targets" interval={interval} isLoading={query.isFetching} onRefresh={query.refetch}>
        {query.data !== undefined && <Health targets={query.data.activeTargets} />}
      </PageHead>
      {query.data !== undefined ? (
        <TargetList discovery={query.data} />
      ) : (
        <NotLoaded query={query} what="the targets" />
      )}
    </>
  );
}

function Health({ targets }: { targets: TargetDiscovery["activeTargets"] }) {
  const { up, down, unknown } = countHealth(targets);
  return (
    <Headline>
      {down > 0 ? (
        <>
          <strong data-tone="firing">{plural(down, "target")} down</strong> · {up} up
        </>
      ) : (
        <strong data-tone="ok">All {plural(up, "target")} up</strong>
      )}
      {unknown > 0 && <> · {unknown} not scraped yet</>}
    </Headline>
  );
}

function TargetList({ discovery }: { discovery: TargetDiscovery }) {
  const [search, setSearch] = useParameter("search");
  const [health, setHealth] = useChoice("health", healths);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const targets = discovery.activeTargets;
  const pools = useMemo(
    () => (health === "dropped" ? [] : poolsFrom(targets, { search, health })),
    [targets, search, health],
  );
  const toggle = (name: string): void => {
    const next = new Set(closed);
    if (!next.delete(name)) next.add(name);
    setClosed(next);
  };
  return (
    <>
      <div className={page.toolbar}>
        <FilterPills label="Targets by health" value={health} pills={healthPills(discovery)} onChange={setHealth} />
        <SearchField value={search} label="Search addresses, labels, errors" onChange={setSearch} />
      </div>
      <div className={page.cards}>
        {pools.map((pool) => (
          <PoolCard key={pool.name} pool={pool} isOpen={!closed.has(pool.name)} onToggle={() => toggle(pool.name)} />
        ))}
      </div>
      {health === "dropped" && <DroppedTargets search={search} />}
      {health !== "dropped" && pools.length === 0 && <NoTargets hasTargets={targets.length > 0} />}
    </>
  );
}

function healthPills({ activeTargets, droppedTargetCounts }: TargetDiscovery): Pill<HealthChoice>[] {
  const { up, down, unknown } = countHealth(activeTargets);
  const dropped = droppedTargetCounts && Object.values(droppedTargetCounts).reduce((sum, count) => sum + count, 0);
  return [
    { value: "all", name: "All", count: activeTargets.length },
    { value: "down", name: "Down", count: down, tone: "firing" },
    { value: "unknown", name: "Unknown", count: unknown, tone: "pending" },
    { value: "up", name: "Up", count: up, tone: "ok" },
    { value: "dropped", name: "Dropped", count: dropped },
  ];
}

function NoTargets({ hasTargets }: { hasTargets: boolean }) {
  if (hasTargets) {
    return (
      <EmptyState title="No target matches">
        <p>Every word of the search must occur in an address, a label or an error. Remove a filter to see more.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing is scraped yet" icon={<IconTarget size={32} stroke={1.4} />}>
      <p>A target is an address that answers with metrics. Name some in the configuration and reload:</p>
      <pre>
        {`scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["localhost:9100"]`}
      </pre>
    </EmptyState>
  );
}
