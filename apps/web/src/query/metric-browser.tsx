// All metrics the server knows, with type and help, to search in and pick from.
import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { fetchMetadata } from "../api/prometheus.js";
import { matchesSearch } from "../format/labels.js";
import { plural } from "../format/value.js";
import { LoadError } from "../parts/load-error.js";
import { PageSkeleton } from "../parts/skeleton.js";
import { SearchField } from "../parts/toolbar.js";
import classes from "./metric-browser.module.css";

const shownMax = 200;

interface MetricBrowserProps {
  onPick: (name: string) => void;
  onClose: () => void;
}

export function MetricBrowser({ onPick, onClose }: MetricBrowserProps) {
  const [search, setSearch] = useState("");
  const query = useQuery({
    queryKey: ["metadata"],
    queryFn: ({ signal }) => fetchMetadata(signal),
    staleTime: 300_000,
  });
  const metrics = useMemo(() => Object.entries(query.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)), [query.data]);
  const found = metrics.filter(([name, metadata]) => matchesSearch(search, [name, metadata[0]?.help ?? ""]));
  return (
    <Modal opened onClose={onClose} title="Metrics" size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      <SearchField value={search} label="Search names and descriptions" onChange={setSearch} />
      {query.isError && <LoadError what="the metrics" error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <PageSkeleton />}
      <ul className={classes.list}>
        {found.slice(0, shownMax).map(([name, metadata]) => (
          <li key={name}>
            <button type="button" className={classes.metric} onClick={() => onPick(name)}>
              <code>{name}</code>
              <span className={classes.type}>{metadata[0]?.type}</span>
              <span className={classes.help}>{metadata[0]?.help}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > shownMax && <p>{plural(found.length - shownMax, "more", "more")}: search to narrow them down.</p>}
      {query.isSuccess && found.length === 0 && <p>No metric matches.</p>}
    </Modal>
  );
}
