// The data of the alerts page: rules from the server, and what Alertmanager holds.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { type AlertGroup, fetchAlertGroups, fetchSilences, type Silence } from "../api/alertmanager.js";
import { type AlertTransition, fetchAlertHistory, fetchAlertingRules, type RuleGroup } from "../api/prometheus.js";

/** First part of the keys of everything that a change of silences changes. */
export const alertmanagerKey = "alertmanager";

export function useRuleGroups(intervalMs: number): UseQueryResult<RuleGroup[]> {
  return useQuery({
    queryKey: ["rules"],
    queryFn: async ({ signal }) => {
      const groups = await fetchAlertingRules(signal);
      return groups.filter(({ rules }) => rules.length > 0);
    },
    refetchInterval: intervalMs || false,
  });
}

export function useAlertHistory(
  spanMs: number,
  intervalMs: number,
): UseQueryResult<{ transitions: AlertTransition[]; isCut: boolean }> {
  return useQuery({
    queryKey: ["history", spanMs],
    queryFn: ({ signal }) => fetchAlertHistory((Date.now() - spanMs) / 1000, signal),
    refetchInterval: intervalMs || false,
  });
}

export function useAlertGroups(intervalMs: number): UseQueryResult<AlertGroup[]> {
  return useQuery({
    queryKey: [alertmanagerKey, "groups"],
    queryFn: ({ signal }) => fetchAlertGroups(signal),
    refetchInterval: intervalMs || false,
  });
}

export function useSilences(intervalMs: number): UseQueryResult<Silence[]> {
  return useQuery({
    queryKey: [alertmanagerKey, "silences"],
    queryFn: ({ signal }) => fetchSilences(signal),
    refetchInterval: intervalMs || false,
  });
}
