import { Fragment } from "react";
import { Link } from "wouter";
import { EmptyState } from "../parts/empty-state.js";
import { pages } from "./pages.js";

export function NotFound() {
  return (
    <EmptyState title="No such page">
      <p>The address leads nowhere here. These do:</p>
      <p>
        {pages.map(({ path, name, does }, i) => (
          <Fragment key={path}>
            {i > 0 && ", "}
            <Link href={path}>{name}</Link> {does}
          </Fragment>
        ))}
        .
      </p>
    </EmptyState>
  );
}
