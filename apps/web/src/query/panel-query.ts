// Runs a panel's query: keeps the last answer while the next is on its way, and can be cancelled.
import { keepPreviousData, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** First part of the keys of all panel queries, so that Refresh can run them again. */
export const panelKey = "panel";

const cacheMs = 60_000;

/** A query that takes longer than this shows that it runs, and a way to stop it; a shorter one would only flicker. */
const slowMs = 400;

interface PanelQueryOptions<Data> {
  /** All that the answer depends on. */
  key: readonly unknown[];
  intervalMs: number;
  run: (signal: AbortSignal) => Promise<Data>;
}

export interface PanelQuery<Data> {
  query: UseQueryResult<Data>;
  isSlow: boolean;
  cancel: () => void;
}

export function usePanelQuery<Data>({ key, intervalMs, run }: PanelQueryOptions<Data>): PanelQuery<Data> {
  const client = useQueryClient();
  const queryKey = [panelKey, ...key];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => run(signal),
    refetchInterval: intervalMs || false,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: cacheMs,
  });
  const isSlow = useIsLong(query.isFetching);
  return { query, isSlow, cancel: () => void client.cancelQueries({ queryKey }) };
}

function useIsLong(isActive: boolean): boolean {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (!isActive) return setIsLong(false);
    const timer = window.setTimeout(() => setIsLong(true), slowMs);
    return () => window.clearTimeout(timer);
  }, [isActive]);
  return isLong;
}
