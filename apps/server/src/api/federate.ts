// /federate: the newest sample of each selected series, for another Prometheus to scrape.
import { exposeFamilies } from "@narthex/formats";
import { federationFormats } from "../query/lookup/federation.js";
import { plainSets } from "../query/lookup/lookup.js";
import type { QueryRunner } from "../query/runner.js";
import { pageRoute, type Route } from "./route.js";

export type FederationSource = {
  readonly lookUp: QueryRunner["lookUp"];
  readonly now: () => number;
  readonly lookbackDeltaMs: number;
  readonly externalLabels: () => Readonly<Record<string, string>>;
};

export function federationRoutes(source: FederationSource): Route[] {
  return [
    pageRoute("/federate", async ({ parameters, headers, signal }) => {
      const accept = typeof headers["accept"] === "string" ? headers["accept"] : undefined;
      const { contentType } = exposeFamilies([], accept, federationFormats);
      const end = source.now();
      const body = await source.lookUp(
        {
          kind: "federation",
          sets: plainSets(parameters.anyMatcherSets()),
          range: { start: end - source.lookbackDeltaMs + 1, end },
          externalLabels: source.externalLabels(),
          accept,
        },
        signal,
      );
      return { kind: "result", body, contentType };
    }),
  ];
}
