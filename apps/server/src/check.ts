// What `narthex tool check` says of files. Lines that describe a good file; a bad one throws.

import { expandGlob } from "./config/glob.js";
import { loadConfig } from "./config/load.js";
import { loadRuleFile } from "./rules/config.js";

/** Throws ConfigError, or an Error that names the file that cannot be read. */
export function checkConfigFile(file: string): string[] {
  const config = loadConfig(file);
  const ruleFiles = config.rule_files.flatMap(expandGlob);
  const lines = [`${file} is valid prometheus config file syntax`];
  if (ruleFiles.length > 0) lines.unshift(`${ruleFiles.length} rule files found`);
  for (const ruleFile of ruleFiles) lines.push(...checkRuleFile(ruleFile).map((line) => `${ruleFile}: ${line}`));
  return lines;
}

/** Throws ConfigError, or an Error that names the file that cannot be read. */
export function checkRuleFile(file: string): string[] {
  const rules = loadRuleFile(file).flatMap((group) => group.rules);
  return [`${rules.length} rules found`];
}
