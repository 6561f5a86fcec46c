// Silences: what is quiet, until when, who wanted it and why; end, change or repeat them.
import { Button } from "@mantine/core";
import { IconBellOff, IconPlus } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { HeldAlert, Silence, SilenceState } from "../api/alertmanager.js";
import { matchesSearch } from "../format/labels.js";
import { plural } from "../format/value.js";
import { StateBadge } from "../parts/badge.js";
import { EmptyState } from "../parts/empty-state.js";
import { ExactTime, RelativeTime } from "../parts/moment.js";
import page from "../parts/page.module.css";
import { useChoice, useParameter } from "../parts/parameters.js";
import { FilterPills } from "../parts/pills.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { SearchField } from "../parts/toolbar.js";
import { AlertmanagerError } from "./alertmanager-error.js";
import { countSilenced } from "./held-list.js";
import { printMatcher, sortSilences } from "./silence-draft.js";
import { useSilencing } from "./silence-provider.js";
import classes from "./silences-tab.module.css";

const states = ["active", "pending", "expired"] as const;

interface SilencesTabProps {
  query: UseQueryResult<Silence[]>;
  held: readonly HeldAlert[];
}

export function SilencesTab({ query, held }: SilencesTabProps) {
  const [state, setState] = useChoice<SilenceState>("silences", states);
  const [search, setSearch] = useParameter("search");
  const { openForm } = useSilencing();
  const affected = useMemo(() => countSilenced(held), [held]);
  if (query.data === undefined) {
    return query.isError ? <AlertmanagerError error={query.error} onRetry={query.refetch} /> : <PageSkeleton />;
  }
  const inState = (wanted: SilenceState): Silence[] => query.data.filter(({ status }) => status.state === wanted);
  const shown = sortSilences(inState(state)).filter((silence) => matchesSearch(search, silenceTexts(silence)));
  return (
    <>
      <div className={page.toolbar}>
        <FilterPills
          label="Silences by state"
          value={state}
          onChange={setState}
          pills={[
            { value: "active", name: "Active", count: inState("active").length, tone: "silenced" },
            { value: "pending", name: "Pending", count: inState("pending").length },
            { value: "expired", name: "Expired", count: inState("expired").length },
          ]}
        />
        <SearchField value={search} label="Search matchers, comments, authors" onChange={setSearch} />
        <Button leftSection={<IconPlus size={15} />} onClick={() => openForm({ matchers: [newMatcher] })}>
          New silence
        </Button>
      </div>
      {shown.length > 0 && (
        <div className={page.card}>
          {shown.map((silence) => (
            <SilenceRow key={silence.id} silence={silence} affectedCount={affected.get(silence.id) ?? 0} />
          ))}
        </div>
      )}
      {shown.length === 0 && (
        <EmptyState title={`No ${state} silences`} icon={<IconBellOff size={32} stroke={1.4} />}>
          <p>
            A silence keeps notifications of matching alerts back for a while, for planned work or a known problem. Make
            one from an alert's Silence button, which fills in its labels.
          </p>
        </EmptyState>
      )}
    </>
  );
}

const newMatcher = { name: "alertname", value: "", isRegex: false, isEqual: true };

function silenceTexts({ matchers, comment, createdBy, id }: Silence): string[] {
  return [...matchers.map(printMatcher), comment, createdBy, id];
}

function SilenceRow({ silence, affectedCount }: { silence: Silence; affectedCount: number }) {
  const { state } = silence.status;
  return (
    <article className={classes.silence} aria-label={`Silence ${silence.comment}`}>
      <div className={classes.what}>
        <div className={classes.comment}>{silence.comment}</div>
        <div className={classes.matchers}>
          {silence.matchers.map((matcher) => (
            <code key={printMatcher(matcher)} className={classes.matcher}>
              {printMatcher(matcher)}
            </code>
          ))}
        </div>
        <div className={page.quiet}>
          by {silence.createdBy || "nobody named"} · until <ExactTime t={Date.parse(silence.endsAt)} />
          {state === "active" && ` · ${plural(affectedCount, "alert")} quiet now`}
        </div>
      </div>
      <div className={classes.when}>
        <StateBadge state={state === "active" ? "silenced" : state}>{state}</StateBadge>
        <span className={page.quiet}>
          {state === "pending" ? "starts " : state === "expired" ? "ended " : "ends "}
          <RelativeTime t={Date.parse(state === "pending" ? silence.startsAt : silence.endsAt)} />
        </span>
      </div>
      <SilenceActions silence={silence} />
    </article>
  );
}

function SilenceActions({ silence }: { silence: Silence }) {
  const { openForm, expire } = useSilencing();
  const [isAsking, setIsAsking] = useState(false);
  const { id, matchers, comment } = silence;
  const durationMs = Date.parse(silence.endsAt) - Date.parse(silence.startsAt);
  if (silence.status.state === "expired") {
    return (
      <div className={classes.actions}>
        <Button size="xs" variant="default" onClick={() => openForm({ matchers, comment, durationMs })}>
          Silence again
        </Button>
      </div>
    );
  }
  return (
    <div className={classes.actions}>
      <Button size="xs" variant="default" onClick={() => openForm({ id, matchers, comment, durationMs })}>
        Change
      </Button>
      {isAsking ? (
        <>
          <Button size="xs" color="red" onClick={() => expire(id)}>
            End it now
          </Button>
          <Button size="xs" variant="subtle" onClick={() => setIsAsking(false)}>
            Keep
          </Button>
        </>
      ) : (
        <Button size="xs" variant="default" onClick={() => setIsAsking(true)}>
          Expire
        </Button>
      )}
    </div>
  );
}
