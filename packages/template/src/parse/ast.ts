// The tree of a template. Comes from: parse/parser. Goes to: html/escape-tree (which rewrites it) and exec/walk.
// `offset` is the character in the source that error texts point at: Go's node positions, not always the node's first character.

export type Node =
  | TextNode
  | ActionNode
  | BranchNode
  | TemplateNode
  | { readonly kind: "break" | "continue"; readonly offset: number };

export interface TextNode {
  readonly kind: "text";
  readonly offset: number;
  readonly text: string;
}

/** {{pipeline}}; prints its value unless it declares a variable. */
export interface ActionNode {
  readonly kind: "action";
  readonly offset: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly kind: "if" | "with" | "range";
  readonly offset: number;
  readonly pipe: PipeNode;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[] | undefined;
}

export interface TemplateNode {
  readonly kind: "template";
  readonly offset: number;
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}

export interface PipeNode {
  readonly kind: "pipe";
  readonly offset: number;
  readonly isAssign: boolean;
  /** Variables declared or assigned, "$" included. */
  readonly variables: readonly string[];
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: "command";
  readonly offset: number;
  readonly operands: readonly Operand[];
}

export type Operand =
  | { readonly kind: "dot" | "nil"; readonly offset: number }
  | { readonly kind: "bool"; readonly offset: number; readonly value: boolean }
  | NumberNode
  | { readonly kind: "string"; readonly offset: number; readonly text: string; readonly value: string }
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | PipeNode;

/** Go's ideal constant: the forms it can take. With neither it is an unsigned integer beyond int. */
export interface NumberNode {
  readonly kind: "number";
  readonly offset: number;
  readonly text: string;
  readonly integer: bigint | undefined;
  readonly float: number | undefined;
  /** Written as a float, so that without a wanted type it is one. */
  readonly isFloatForm: boolean;
}

/** .A.B */
export interface FieldNode {
  readonly kind: "field";
  readonly offset: number;
  readonly names: readonly string[];
}

/** $x.A.B */
export interface VariableNode {
  readonly kind: "variable";
  readonly offset: number;
  readonly variable: string;
  readonly names: readonly string[];
}

/** (pipeline).A.B */
export interface ChainNode {
  readonly kind: "chain";
  readonly offset: number;
  readonly operand: Operand;
  readonly names: readonly string[];
}

/** A function's name. */
export interface IdentifierNode {
  readonly kind: "identifier";
  readonly offset: number;
  readonly name: string;
}

/** One {{define}}, or the body of a file. */
export interface TemplateTree {
  readonly name: string;
  /** Name and text of the file it was parsed from: positions are in these. */
  readonly source: TemplateSource;
  readonly nodes: readonly Node[];
}

export interface TemplateSource {
  readonly name: string;
  readonly text: string;
}
