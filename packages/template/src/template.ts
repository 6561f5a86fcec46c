// Templates as values: a set of named trees and what they may call. Immutable; adding text makes a new one.
import { TemplateError } from "./errors.js";
import type { Execution, MissingKey, Usage } from "./exec/execution.js";
import { defaultLimits, type TemplateLimits } from "./exec/limits.js";
import { walkNodes } from "./exec/walk.js";
import { builtinFunctions } from "./functions/builtins.js";
import { escapeTrees } from "./html/escape-tree.js";
import { escaperFunctions } from "./html/escapers.js";
import type { TemplateTree } from "./parse/ast.js";
import { isEmptyTree, parseTrees } from "./parse/parser.js";
import type { FunctionTable, Value } from "./value/value.js";

export interface TemplateOptions {
  /** Beside Go's built-in functions, before which these go. */
  readonly functions?: FunctionTable;
  /** As html/template: what actions print is escaped for the place where it stands. */
  readonly html?: boolean;
  readonly missingKey?: MissingKey;
}

export interface Template {
  /** Of the text that `execute` renders. */
  readonly name: string;
  readonly trees: ReadonlyMap<string, TemplateTree>;
  readonly functions: FunctionTable;
  readonly isHtml: boolean;
  readonly missingKey: MissingKey;
}

/** Throws TemplateError `template: name:line: …`. */
export function parseTemplate(name: string, text: string, options: TemplateOptions = {}): Template {
  const { functions = new Map(), html = false, missingKey = "default" } = options;
  const empty: Template = {
    name,
    trees: new Map(),
    functions: new Map([...builtinFunctions, ...(html ? escaperFunctions : []), ...functions]),
    isHtml: html,
    missingKey,
  };
  return extendTemplate(empty, name, text);
}

/**
 * The same set with the templates that `text` defines and `text` itself, which `execute` then renders.
 * A later definition replaces an earlier one of its name, unless it is empty.
 */
export function extendTemplate(template: Template, name: string, text: string): Template {
  const trees = new Map(template.trees);
  for (const tree of parseTrees({ name, text }, { hasFunction: (word) => template.functions.has(word) })) {
    if (!trees.has(tree.name) || !isEmptyTree(tree.nodes)) trees.set(tree.name, tree);
  }
  return { ...template, name, trees };
}

export interface ExecuteOptions {
  /** In place of functions of those names that the template was parsed with. */
  readonly functions?: FunctionTable;
  readonly limits?: Partial<TemplateLimits>;
}

/** Throws TemplateError; what was written before the error is lost. */
export function execute(template: Template, data: Value, options: ExecuteOptions = {}): string {
  const limits = { ...defaultLimits, ...options.limits };
  const usage: Usage = { steps: 0, outputBytes: 0, depth: 0 };
  return executeEntry({ template, limits, usage, overrides: options.functions }, template.name, data);
}

interface Rendering {
  readonly template: Template;
  readonly limits: TemplateLimits;
  readonly usage: Usage;
  readonly overrides: FunctionTable | undefined;
}

function executeEntry(rendering: Rendering, name: string, data: Value): string {
  const { template, limits, usage, overrides } = rendering;
  const trees = template.isHtml ? escapeTrees(template.trees, name) : template.trees;
  const tree = trees.get(name);
  if (!tree)
    throw new TemplateError(
      `template: no template ${JSON.stringify(name)} associated with template ${JSON.stringify(template.name)}`,
    );
  const execution: Execution = {
    trees,
    functionNamed: (word) => overrides?.get(word) ?? template.functions.get(word),
    missingKey: template.missingKey,
    limits,
    usage,
    output: [],
    executeEntry: (entry, entryData) => executeEntry(rendering, entry, entryData),
    tree,
    variables: [{ name: "$", value: data }],
    node: { kind: "text", offset: 0 },
  };
  walkNodes(execution, data, tree.nodes);
  return execution.output.join("");
}
