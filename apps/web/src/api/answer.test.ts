import { describe, expect, it } from "vitest";
import { errorMessageFrom } from "./alertmanager.js";
import { answerFrom } from "./prometheus.js";
import { ApiError } from "./request.js";

const response = (status: number, body: unknown) => ({ status, body, text: JSON.stringify(body) ?? "" });

describe("Prometheus' envelope", () => {
  it("is unwrapped, with its warnings", () => {
    const body = { status: "success", data: [1], warnings: ["w"] };
    expect(answerFrom(response(200, body), 5)).toEqual({ data: [1], warnings: ["w"], infos: [], elapsedMs: 5 });
  });
  it("becomes an error with the server's type and words", () => {
    const body = { status: "error", errorType: "bad_data", error: "1:1: parse error" };
    expect(() => answerFrom(response(400, body), 0)).toThrow(new ApiError("bad_data", "1:1: parse error", 400));
  });
  it("is missed when something else answers", () => {
    const page = { status: 404, body: undefined, text: "<html>no such page</html>" };
    expect(() => answerFrom(page, 0)).toThrow("HTTP 404: <html>no such page</html>");
  });
});

it("Alertmanager's errors are found in each of their three shapes", () => {
  expect(errorMessageFrom(response(400, "at least one matcher"))).toBe("at least one matcher");
  expect(errorMessageFrom(response(422, { code: 602, message: "comment in body is required" }))).toBe(
    "comment in body is required",
  );
  expect(errorMessageFrom({ status: 500, body: undefined, text: "" })).toBe("HTTP 500");
});
