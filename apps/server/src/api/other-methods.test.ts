import { expect, test } from "vitest";
import { OtherMethods } from "./other-methods.js";

const others = new OtherMethods([
  { path: "/-/reload", methods: ["POST", "PUT"] },
  { path: "/api/v1/label/:name/values", methods: ["GET"] },
  { path: "/consoles/*", methods: ["GET"] },
]);

test.each([
  ["/-/reload", "GET", ["POST", "PUT"]],
  ["/-/reload", "HEAD", ["POST", "PUT"]],
  ["/-/reload", "PATCH", undefined],
  ["/-/reload/", "GET", undefined],
  ["/api/v1/label/job/values", "DELETE", ["GET"]],
  ["/api/v1/label//values", "DELETE", undefined],
  ["/api/v1/label/job/names", "DELETE", undefined],
  ["/consoles/a/b.html", "POST", ["GET"]],
  ["/consoles", "POST", undefined],
  ["/", "POST", undefined],
])("%s asked with %s may be asked with %s", (path, method, expected) => {
  expect(others.find(path, method)?.methods).toEqual(expected);
});
