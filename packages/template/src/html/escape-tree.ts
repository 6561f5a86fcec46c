import type { TemplateTree } from "../parse/ast.js";
export function escapeTrees(trees: ReadonlyMap<string, TemplateTree>, _entry: string): ReadonlyMap<string, TemplateTree> {
  return trees;
}
