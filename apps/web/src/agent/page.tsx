// The Agent page: that this server scrapes and sends on, what it takes in, and how each endpoint keeps up.
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { fetchSelfMetrics } from "../api/prometheus.js";
import { printRoughDuration } from "../format/duration.js";
import { plural, printCount, printValue } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { EmptyState } from "../parts/empty-state.js";
import { LoadError } from "../parts/load-error.js";
import page from "../parts/page.module.css";
import { useRefreshInterval } from "../parts/preferences.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { RefreshControl } from "../parts/toolbar.js";
import classes from "./page.module.css";
import { type AgentStatus, type RemoteStatus, statusFrom, statusPattern } from "./status.js";

const refreshDefaultMs = 5_000;

export default function AgentPage() {
  const [intervalMs, setIntervalMs] = useRefreshInterval("agent", refreshDefaultMs);
  const query = useQuery({
    queryKey: ["agent-status"],
    queryFn: async ({ signal }) => statusFrom(await fetchSelfMetrics(statusPattern, signal)),
    refetchInterval: intervalMs || false,
  });
  const refresh = (): void => void query.refetch();
  return (
    <>
      <div className={page.head}>
        <h1 className={page.title}>Agent</h1>
        {query.data !== undefined && <Headline remotes={query.data.remotes} />}
        <div className={page.push}>
          <RefreshControl
            intervalMs={intervalMs}
            isLoading={query.isFetching}
            onRefresh={refresh}
            onIntervalChange={setIntervalMs}
          />
        </div>
      </div>
      <p className={classes.intro}>
        This server runs as an agent: it scrapes its targets and sends what it finds on by remote write. It keeps no
        samples to query, and evaluates no rules: look for both where it sends to.
      </p>
      {query.data !== undefined ? (
        <Status status={query.data} />
      ) : query.isError ? (
        <LoadError what="the agent's state" error={query.error} onRetry={refresh} />
      ) : (
        <PageSkeleton />
      )}
    </>
  );
}

function Headline({ remotes }: { remotes: readonly RemoteStatus[] }) {
  const behind = remotes.filter(({ state }) => state === "error").length;
  if (remotes.length === 0) return null;
  return (
    <p className={page.headline} style={{ margin: 0 }} aria-live="polite">
      {behind > 0 ? (
        <strong data-tone="firing">{plural(behind, "endpoint")} not keeping up</strong>
      ) : (
        <strong data-tone="ok">Sending to {plural(remotes.length, "endpoint")}</strong>
      )}
    </p>
  );
}

function Status({ status }: { status: AgentStatus }) {
  const facts: [name: string, value: string][] = [
    ["Active series", printCount(status.activeSeries)],
    ["Samples taken in", printCount(status.samplesAppended)],
    ["Out of order", printCount(status.outOfOrder)],
    ["Log on disk", printValue(status.walBytes, "bytes")],
  ];
  return (
    <div className={page.cards}>
      <section className={page.card} aria-label="What comes in">
        <Facts facts={facts} />
      </section>
      {status.remotes.map((remote) => (
        <RemoteCard key={`${remote.name}\n${remote.url}`} remote={remote} />
      ))}
      {status.remotes.length === 0 && <NoRemotes />}
    </div>
  );
}

const stateTexts: Record<RemoteStatus["state"], string> = {
  error: "Not keeping up",
  pending: "Nothing sent yet",
  active: "Sending",
};

function RemoteCard({ remote }: { remote: RemoteStatus }) {
  const { name, url, behindMs, state } = remote;
  const facts: [name: string, value: string][] = [
    ["Behind", behindMs === undefined ? "–" : printRoughDuration(behindMs)],
    ["Sent", printCount(remote.sent)],
    ["Waiting", printCount(remote.pending)],
    ["Sent again", printCount(remote.retried)],
    ["Refused", printCount(remote.failed)],
    ["Left out", printCount(remote.dropped)],
    ["Shards", printCount(remote.shards)],
  ];
  return (
    <section className={page.card} aria-label={`Endpoint ${name}`}>
      <div className={page.cardHead}>
        <h2 className={page.cardTitle}>{name}</h2>
        <span className={classes.url}>{url}</span>
        <span className={page.push}>
          <StateBadge state={state}>{stateTexts[state]}</StateBadge>
        </span>
      </div>
      <Facts facts={facts} />
    </section>
  );
}

function Facts({ facts }: { facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function NoRemotes() {
  return (
    <EmptyState title="Nothing is sent" icon={<IconSend size={32} stroke={1.4} />}>
      <p>An agent is of use only where it sends to. Name an endpoint in the configuration and reload:</p>
      <pre>
        {`remote_write:
  - url: https://prometheus.example.com/api/v1/write`}
      </pre>
    </EmptyState>
  );
}
