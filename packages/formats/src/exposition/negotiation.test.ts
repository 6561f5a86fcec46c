import { describe, expect, it } from "vitest";
import { type EscapingScheme, escapeName, unescapeName } from "./escaping.js";
import { defaultScrapeProtocols, type ExpositionFormat, nativeScrapeProtocols } from "./format.js";
import { acceptHeader, formatFromContentType, negotiateFormat } from "./negotiation.js";

describe("Accept of a scrape", () => {
  it("gives each protocol a lower weight than the one before", () => {
    expect(acceptHeader(defaultScrapeProtocols, "allow-utf-8")).toBe(
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    );
    expect(acceptHeader(nativeScrapeProtocols, "underscores")).toMatch(
      /^application\/vnd.google.protobuf;.*;q=0.6,.*q=0.1$/,
    );
  });
});

describe("format of an answer", () => {
  it.each<[string, ExpositionFormat]>([
    ["text/plain", "PrometheusText0.0.4"],
    ["text/plain; version=0.0.4; charset=utf-8", "PrometheusText0.0.4"],
    ["text/plain; version=1.0.0; escaping=allow-utf-8", "PrometheusText1.0.0"],
    ["Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", "OpenMetricsText1.0.0"],
    ['application/openmetrics-text; version="0.0.1"', "OpenMetricsText0.0.1"],
    ["application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", "PrometheusProto"],
  ])("%s", (contentType, format) => {
    expect(formatFromContentType(contentType)).toEqual({ format });
  });

  it("is refused when missing or unknown, unless there is a fallback", () => {
    expect(() => formatFromContentType("")).toThrow(
      "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
    );
    expect(() => formatFromContentType("text/html")).toThrow(
      'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
    );
    expect(formatFromContentType("text/html", "PrometheusText0.0.4")).toEqual({
      format: "PrometheusText0.0.4",
      warning: 'received unsupported Content-Type "text/html", using fallback_scrape_protocol "PrometheusText0.0.4"',
    });
  });
});

describe("choice of the server", () => {
  const formats: ExpositionFormat[] = ["PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText1.0.0"];

  it.each<[string | undefined, ExpositionFormat, EscapingScheme]>([
    [undefined, "PrometheusText0.0.4", "underscores"],
    ["*/*", "PrometheusText0.0.4", "underscores"],
    ["text/html,*/*;q=0.1", "PrometheusText0.0.4", "underscores"],
    ["application/openmetrics-text", "OpenMetricsText1.0.0", "underscores"],
    ["text/plain;q=0.9,application/openmetrics-text;q=0.5", "PrometheusText0.0.4", "underscores"],
    ["application/openmetrics-text;q=0,text/plain", "PrometheusText0.0.4", "underscores"],
    [
      "application/openmetrics-text;version=2.0.0,text/plain;version=1.0.0;escaping=dots",
      "PrometheusText1.0.0",
      "dots",
    ],
    [acceptHeader(nativeScrapeProtocols, "allow-utf-8"), "OpenMetricsText1.0.0", "allow-utf-8"],
    ["text/plain;version=0.0.4;escaping=allow-utf-8", "PrometheusText0.0.4", "underscores"],
  ])("%s", (accept, format, escaping) => {
    expect(negotiateFormat(accept, { formats })).toEqual({ format, escaping });
  });
});

describe("escaping", () => {
  it.each<[string, EscapingScheme, string]>([
    ["a:b_c", "underscores", "a:b_c"],
    ["1a.b", "underscores", "_a_b"],
    ["a.b_c d", "dots", "a_dot_b__c__d"],
    ["a_b", "dots", "a__b"],
    ["a_b", "values", "a_b"],
    ["a.b_c", "values", "U__a_2e_b__c"],
    ["花火", "values", "U___82b1__706b_"],
    ["a.b", "allow-utf-8", "a.b"],
  ])("%s with %s", (name, scheme, escaped) => {
    expect(escapeName(name, scheme)).toBe(escaped);
    if (scheme === "values") expect(unescapeName(escaped)).toBe(name);
  });

  it("leaves names that are not well escaped", () => {
    expect(unescapeName("U__a_zz_b")).toBe("U__a_zz_b");
    expect(unescapeName("a__b")).toBe("a__b");
  });
});
