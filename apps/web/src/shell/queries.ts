// The queries that more than one place needs, and the cache they live in.
import { QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { isAgent } from "../api/base.js";
import { fetchAlerts, queryInstant } from "../api/prometheus.js";
import { ApiError } from "../api/request.js";

const headerRefreshMs = 20_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The banner tells about a lost connection, and reconnecting asks for everything again.
      retry: (count, error) => count < 1 && !(error instanceof ApiError),
      networkMode: "always",
      refetchOnWindowFocus: true,
      staleTime: 2_000,
    },
  },
});

/** How many alerts fire, for the header and the document's title. */
export function useFiringCount(): UseQueryResult<number> {
  return useQuery({
    queryKey: ["firing-count"],
    queryFn: async ({ signal }) => (await fetchAlerts(signal)).filter(({ state }) => state === "firing").length,
    refetchInterval: headerRefreshMs,
    // Agents have no alerts, and nothing to query.
    enabled: !isAgent,
  });
}

const downCountKey = ["down-count"];

/** For whoever has just counted: the header must not say otherwise than the page below it. */
export function showDownCount(count: number): void {
  queryClient.setQueryData(downCountKey, count);
}

/** How many targets are down, asked as a query because the target list can be megabytes. */
export function useDownCount(): UseQueryResult<number> {
  return useQuery({
    queryKey: downCountKey,
    queryFn: async ({ signal }) => {
      const { data } = await queryInstant({ expression: "count(up == 0)", time: Date.now() / 1000 }, signal);
      return data.resultType === "vector" ? Number(data.result[0]?.value?.[1] ?? 0) : 0;
    },
    refetchInterval: headerRefreshMs,
    // Agents have no alerts, and nothing to query.
    enabled: !isAgent,
  });
}
