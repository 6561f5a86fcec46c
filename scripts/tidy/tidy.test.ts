import { describe, expect, it } from "vitest";
import {
  architectureFindings,
  cycleFindings,
  directionFindings,
  nameFindings,
  parameterFindings,
  sizeFindings,
} from "./rules.js";
import { readSources } from "./source.js";

const files = readSources();

describe("the tree", () => {
  it("imports downwards only, and only package roots", () => {
    expect(directionFindings(files)).toEqual([]);
  });
  it("has no import cycle", () => {
    expect(cycleFindings(files)).toEqual([]);
  });
  it("keeps files and functions within their size", () => {
    expect(sizeFindings(files)).toEqual([]);
  });
  it("keeps parameter lists short", () => {
    expect(parameterFindings(files)).toEqual([]);
  });
  it("uses names and constructs that say something", () => {
    expect(nameFindings(files)).toEqual([]);
  });
  it("has every path that ARCHITECTURE.md names", () => {
    expect(architectureFindings()).toEqual([]);
  });
});
