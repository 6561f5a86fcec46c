import { Link } from "wouter";
import { EmptyState } from "../parts/empty-state.js";

export function NotFound() {
  return (
    <EmptyState title="No such page">
      <p>The address leads nowhere here. These do:</p>
      <p>
        <Link href="/query">Query</Link> asks questions, <Link href="/alerts">Alerts</Link> shows what fires,{" "}
        <Link href="/targets">Targets</Link> shows what is scraped.
      </p>
    </EmptyState>
  );
}
