import type { UseQueryResult } from "@tanstack/react-query";
import { LoadError } from "./load-error.js";
import { PageSkeleton } from "./skeleton.js";

/** In place of what a query without data is to bring: that it is on its way, or why it does not come. */
export function NotLoaded({ query, what }: { query: UseQueryResult<unknown>; what: string }) {
  if (!query.isError) return <PageSkeleton />;
  return <LoadError what={what} error={query.error} onRetry={() => void query.refetch()} />;
}
