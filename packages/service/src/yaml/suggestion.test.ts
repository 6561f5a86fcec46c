import { expect, it } from "vitest";
import { nearestName } from "./suggestion.js";

const fields = ["scrape_interval", "scrape_timeout", "job_name", "url", "static_configs", "labels"];

it.each([
  ["scrape_intervl", "scrape_interval"],
  ["scrape_intreval", "scrape_interval"],
  ["scrapetimeout", "scrape_timeout"],
  ["jobname", "job_name"],
  ["uri", "url"],
  ["static_config", "static_configs"],
  ["label", "labels"],
  ["urls_", "url"],
  ["urlsss", undefined],
  ["ab", undefined],
  ["", undefined],
  ["interval", undefined],
  ["x".repeat(100_000), undefined],
])("%.40s is taken for %s", (typed, meant) => {
  expect(nearestName(typed, fields)).toBe(meant);
});
