import { expect, it } from "vitest";
import { basePathFrom } from "./base.js";

it("the base path is the path of <base href> without its final slash", () => {
  expect(basePathFrom("http://host:9090/")).toBe("");
  expect(basePathFrom("https://host/prometheus/")).toBe("/prometheus");
  expect(basePathFrom("https://host/a/b/")).toBe("/a/b");
});
