import { expect, it } from "vitest";
import { findCommand } from "./command.js";
import { commands, leadingValueFlags } from "./commands.js";

it.each([
  [["tool", "check", "rules", "a.yml"], "tool check rules", ["a.yml"]],
  [["tool", "--enable-feature", "x", "test", "rules", "a"], "tool test rules", ["--enable-feature", "x", "a"]],
  [["tool", "query", "-o", "json", "instant", "URL", "-up"], "tool query instant", ["-o", "json", "URL", "-up"]],
  [["tool", "query", "--format=json", "range", "range"], "tool query range", ["--format=json", "range"]],
  [["tool", "--", "query", "instant"], undefined, undefined],
  [["server", "--config.file", "tool"], "server", ["--config.file", "tool"]],
])("%j", (args, name, rest) => {
  const found = findCommand(commands, args, leadingValueFlags);
  expect(found?.command.name).toBe(name);
  expect(found?.args).toEqual(rest);
});
