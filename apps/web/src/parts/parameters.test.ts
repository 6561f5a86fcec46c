import { expect, it } from "vitest";
import { changeParameters } from "./parameters.js";

it("parameters are set, replaced and left out when empty", () => {
  expect(changeParameters("", { search: "a b" })).toBe("?search=a+b");
  expect(changeParameters("?search=x&state=firing", { search: "y" })).toBe("?search=y&state=firing");
  expect(changeParameters("?search=x", { search: "" })).toBe("");
});
