// Rewrites the trees of an HTML template so that every action escapes what it prints, as its place demands.
// Comes from: parse. Goes to: exec/walk. A template called in two contexts becomes two trees.
import { quote } from "@narthex/model";
import { positionOf, TemplateError } from "../errors.js";
import type { ActionNode, BranchNode, CommandNode, Node, PipeNode, TemplateNode, TemplateTree } from "../parse/ast.js";
import { printNode } from "../parse/printer.js";
import {
  type Context,
  ContextError,
  contextKey,
  contextsEqual,
  isComment,
  joinContexts,
  nudge,
  textContext,
} from "./context.js";
import { appendEscapers } from "./escape-pipeline.js";
import type { EscaperName } from "./escapers.js";
import { escapeText } from "./text.js";

type Trees = ReadonlyMap<string, TemplateTree>;

interface Escape {
  readonly source: Trees;
  readonly escaped: Map<string, TemplateTree>;
  /** The context after each template, by the name that its context gave it. */
  readonly after: Map<string, Context>;
  /** Templates whose end context was taken before it was known. */
  readonly assumed: Set<string>;
  tree: TemplateTree;
  /** Contexts of {{break}} and {{continue}} in each range that we are in. */
  readonly exits: Context[][];
}

/** The trees that `entry` needs, escaped. Throws TemplateError "html/template:name:line:column: …". */
export function escapeTrees(source: Trees, entry: string): Trees {
  const tree = source.get(entry);
  if (!tree) return source;
  const work: Escape = { source, escaped: new Map(), after: new Map(), assumed: new Set(), tree, exits: [] };
  const end = escapeTemplate(work, entry, textContext);
  if (end.state !== "text" && end.state !== "dead") {
    throw new TemplateError(`html/template:${entry}: ends in a non-text context: ${contextKey(end)}`);
  }
  return work.escaped;
}

function fail(work: Escape, node: { readonly offset: number }, message: string): never {
  const { name, text } = work.tree.source;
  const { line, column } = positionOf(text, node.offset);
  throw new TemplateError(`html/template:${name}:${line}:${column}: ${message}`, { name, line, column });
}

/** In another context than text a template has a name of its own. */
function nameIn(name: string, context: Context): string {
  return contextsEqual(context, textContext) ? name : `${name}$htmltemplate_${contextKey(context)}`;
}

function escapeTemplate(work: Escape, name: string, context: Context): Context {
  const contextName = nameIn(name, context);
  const known = work.after.get(contextName);
  if (known) {
    if (!work.escaped.has(contextName)) work.assumed.add(contextName);
    return known;
  }
  const tree = work.source.get(name) as TemplateTree;
  const first = escapeBody(work, { tree, contextName, start: context, assumedEnd: context });
  if (first) return first;
  throw new TemplateError(`html/template:${name}: cannot compute output context for template ${name}`);
}

interface Body {
  readonly tree: TemplateTree;
  readonly contextName: string;
  readonly start: Context;
  readonly assumedEnd: Context;
}

/** A template that calls itself ends as it begins, or as a second look says; undefined when neither holds. */
function escapeBody(work: Escape, body: Body, isRetry = false): Context | undefined {
  const { tree, contextName, start, assumedEnd } = body;
  const outer = { tree: work.tree, exits: work.exits.splice(0) };
  work.tree = tree;
  work.after.set(contextName, assumedEnd);
  work.assumed.delete(contextName);
  const { nodes, context } = escapeNodes(work, tree.nodes, start);
  work.tree = outer.tree;
  work.exits.push(...outer.exits);
  work.after.set(contextName, context);
  work.escaped.set(contextName, { ...tree, nodes });
  if (!work.assumed.has(contextName) || contextsEqual(context, assumedEnd)) return context;
  if (isRetry) return undefined;
  work.escaped.delete(contextName);
  return escapeBody(work, { ...body, assumedEnd: context }, true);
}

interface EscapedNodes {
  readonly nodes: readonly Node[];
  readonly context: Context;
}

function escapeNodes(work: Escape, nodes: readonly Node[], start: Context): EscapedNodes {
  let context = start;
  const escaped = nodes.map((node) => {
    const result = escapeNode(work, node, context);
    context = result.context;
    return result.node;
  });
  return { nodes: escaped, context };
}

interface EscapedNode {
  readonly node: Node;
  readonly context: Context;
}

function escapeNode(work: Escape, node: Node, context: Context): EscapedNode {
  switch (node.kind) {
    case "text": {
      const { text, context: after } = placed(work, node, () => escapeText(context, node.text));
      return { node: { ...node, text }, context: after };
    }
    case "action":
      return escapeAction(work, node, context);
    case "template":
      return escapeCall(work, node, context);
    case "break":
    case "continue":
      work.exits.at(-1)?.push(context);
      return { node, context: { ...textContext, state: "dead" } };
    default:
      return escapeBranch(work, node, context);
  }
}

function placed<T>(work: Escape, node: { readonly offset: number }, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof ContextError) fail(work, node, error.message);
    throw error;
  }
}

const predefinedEscapers: ReadonlySet<string> = new Set(["html", "urlquery"]);

function escapeAction(work: Escape, node: ActionNode, context: Context): EscapedNode {
  // A declaration prints nothing.
  if (node.pipe.variables.length > 0) return { node, context };
  const place = nudge(context);
  refusePredefined(work, node.pipe, place);
  const escapers = placed(work, node, () => escapersFor(node, place));
  const pipe = appendEscapers(node.pipe, escapers);
  return { node: { ...node, pipe }, context: afterValue(place) };
}

/** html and urlquery may end a pipeline, where what they do is known to be enough or is done again. */
function refusePredefined(work: Escape, pipe: PipeNode, context: Context): void {
  pipe.commands.forEach((command, i) => {
    const name = functionOf(command);
    if (name === undefined || !predefinedEscapers.has(name)) return;
    const isLast = i === pipe.commands.length - 1;
    const isUnquoted = context.state === "attr" && context.delim === "spaceOrTagEnd" && name === "html";
    if (!isLast || isUnquoted) fail(work, pipe, `predefined escaper ${quote(name)} disallowed in template`);
  });
}

function functionOf({ operands: [first] }: CommandNode): string | undefined {
  return first?.kind === "identifier" ? first.name : undefined;
}

function escapersFor(node: ActionNode, context: Context): EscaperName[] {
  const escapers = contentEscapers(node, context);
  if (context.delim === "none") return escapers;
  return [
    ...escapers,
    context.delim === "spaceOrTagEnd" ? "_html_template_nospaceescaper" : "_html_template_attrescaper",
  ];
}

function contentEscapers(node: ActionNode, context: Context): EscaperName[] {
  if (isComment(context.state)) return ["_html_template_commentescaper"];
  switch (context.state) {
    case "url":
    case "cssDoubleQuoted":
    case "cssSingleQuoted":
    case "cssDoubleQuotedUrl":
    case "cssSingleQuotedUrl":
    case "cssUrl":
      return urlEscapers(node, context);
    case "js":
      return ["_html_template_jsvalescaper"];
    case "jsDoubleQuoted":
    case "jsSingleQuoted":
      return ["_html_template_jsstrescaper"];
    case "jsTemplateLiteral":
      return ["_html_template_jstmpllitescaper"];
    case "jsRegexp":
      return ["_html_template_jsregexpescaper"];
    case "css":
      return ["_html_template_cssvaluefilter"];
    case "text":
      return ["_html_template_htmlescaper"];
    case "rcdata":
      return ["_html_template_rcdataescaper"];
    case "attrName":
      return ["_html_template_htmlnamefilter"];
    case "srcset":
      return ["_html_template_srcsetescaper"];
    default:
      return [];
  }
}

function urlEscapers(node: ActionNode, { urlPart, state }: Context): EscaperName[] {
  if (urlPart === "queryOrFragment") return ["_html_template_urlescaper"];
  if (urlPart === "unknown") {
    throw new ContextError(`${printNode(node)} appears in an ambiguous context within a URL`);
  }
  const isString = state === "cssDoubleQuoted" || state === "cssSingleQuoted";
  const normalizer: EscaperName = isString ? "_html_template_cssescaper" : "_html_template_urlnormalizer";
  return urlPart === "none" ? ["_html_template_urlfilter", normalizer] : [normalizer];
}

function afterValue(context: Context): Context {
  return context.state === "js" ? { ...context, slash: "divide" } : context;
}

function escapeCall(work: Escape, node: TemplateNode, context: Context): EscapedNode {
  if (!work.source.has(node.name)) fail(work, node, `no such template ${quote(node.name)}`);
  const after = escapeTemplate(work, node.name, context);
  return { node: { ...node, name: nameIn(node.name, context) }, context: after };
}

function escapeBranch(work: Escape, node: BranchNode, context: Context): EscapedNode {
  const body = node.kind === "range" ? escapeRounds(work, node, context) : escapeNodes(work, node.body, context);
  const otherwise = node.otherwise ? escapeNodes(work, node.otherwise, context) : undefined;
  const after = joinContexts(body.context, otherwise?.context ?? context);
  if (!after) failBranches(work, node, [body.context, otherwise?.context ?? context]);
  return { node: { ...node, body: body.nodes, otherwise: otherwise?.nodes }, context: after };
}

/** A second round must find the context that the first found. */
function escapeRounds(work: Escape, node: BranchNode, context: Context): EscapedNodes {
  work.exits.push([]);
  const first = escapeNodes(work, node.body, context);
  const end = joinExits(work, node, first.context);
  const second = escapeNodes(work, node.body, end);
  const after = joinContexts(end, second.context);
  work.exits.pop();
  if (!after)
    fail(
      work,
      node,
      `on range loop re-entry: {{range}} branches end in different contexts: ${contextKey(end)}, ${contextKey(second.context)}`,
    );
  return { nodes: first.nodes, context: after };
}

function joinExits(work: Escape, node: BranchNode, end: Context): Context {
  return (work.exits.at(-1) ?? []).reduce(
    (joined, exit) => joinContexts(joined, exit) ?? failBranches(work, node, [joined, exit]),
    end,
  );
}

function failBranches(work: Escape, node: BranchNode, [a, b]: readonly [Context, Context]): never {
  return fail(work, node, `{{${node.kind}}} branches end in different contexts: ${contextKey(a)}, ${contextKey(b)}`);
}
