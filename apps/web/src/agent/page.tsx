// The Agent page: that this server scrapes and sends on, what it takes in, and how each endpoint keeps up.
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { fetchSelfMetrics } from "../api/prometheus.js";
import { printRoughDuration } from "../format/duration.js";
import { plural, printCount, printValue } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { EmptyState } from "../parts/empty-state.js";
import { NotLoaded } from "../parts/not-loaded.js";
import page from "../parts/page.module.css";
import { Headline, PageHead } from "../parts/page-head.js";
import { useRefreshInterval } from "../parts/preferences.js";
import classes from "./page.module.css";
import { type AgentStatus, type RemoteStatus, statusFrom, statusPattern } from "./status.js";

const refreshDefaultMs = 5_000;

export default function AgentPage() {
  const interval = useRefreshInterval("agent", refreshDefaultMs);
  const query = useQuery({
    queryKey: ["agent-status"],
    queryFn: async ({ signal }) => statusFrom(await fetchSelfMetrics(statusPattern, signal)),
    refetchInterval: interval[0] || false,
  });
  return (
    <>
      <PageHead title="Agent" interval={interval} isLoading={query.isFetching} onRefresh={query.refetch}>
        {query.data !== undefined && <Sending remotes={query.data.remotes} />}
      </PageHead>
      <p className={classes.intro}>
        This server runs as an agent: it scrapes its targets and sends what it finds on by remote write. It keeps no
        samples to query, and evaluates no rules: look for both where it sends to.
      </p>
      {query.data !== undefined ? <Status status={query.data} /> : <NotLoaded query={query} what="the agent's state" />}
    </>
  );
}

function Sending({ remotes }: { remotes: readonly RemoteStatus[] }) {
  const behind = remotes.filter(({ state }) => state === "error").length;
  if (remotes.length === 0) return null;
  return (
    <Headline>
      {behind > 0 ? (
        <strong data-tone="firing">{plural(behind, "endpoint")} not keeping up</strong>
      ) : (
        <strong data-tone="ok">Sending to {plural(remotes.length, "endpoint")}</strong>
      )}
    </Headline>
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
