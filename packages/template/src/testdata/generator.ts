// Random templates, mostly sensible: the input of the differential tests and of the sandbox fuzz.
import { type Random } from "@narthex/stdx";

export interface GeneratorWords {
  /** Operands: "$labels.job", ".Status", … */
  readonly operands: readonly string[];
  /** Names of functions that take one operand. */
  readonly functions: readonly string[];
  /** What a range can go over. */
  readonly collections: readonly string[];
}

type Produce = (state: GeneratorState) => string;

interface GeneratorState {
  readonly random: Random;
  readonly words: GeneratorWords;
  depth: number;
}

export function generateTemplate(random: Random, words: GeneratorWords): string {
  return list({ random, words, depth: 0 });
}

function pick<T>({ random }: GeneratorState, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

const depthMax = 3;

function list(state: GeneratorState): string {
  const count = 1 + Math.floor(state.random() * 3);
  let text = "";
  for (let i = 0; i < count; i++) text += pick(state, state.depth < depthMax ? nodes : leaves)(state);
  return text;
}

function nested(state: GeneratorState): string {
  state.depth++;
  const text = list(state);
  state.depth--;
  return text;
}

const texts = [" ", "a", "\n  ", "value: ", "}} ", "é", "<b>", "% "];

function open(state: GeneratorState): string {
  return state.random() < 0.15 ? "{{- " : "{{ ";
}

function close(state: GeneratorState): string {
  return state.random() < 0.15 ? " -}}" : " }}";
}

const action: Produce = (state) => `${open(state)}${pipeline(state)}${close(state)}`;
const text: Produce = (state) => pick(state, texts);
const leaves: readonly Produce[] = [action, action, text];

const nodes: readonly Produce[] = [
  ...leaves,
  (state) => `{{ if ${pipeline(state)} }}${nested(state)}{{ else }}${nested(state)}{{ end }}`,
  (state) => `{{ with ${pipeline(state)} }}${nested(state)}{{ end }}`,
  (state) => `{{ range ${pick(state, state.words.collections)} }}${nested(state)}{{ end }}`,
  (state) => `{{ range $k, $v := ${pick(state, state.words.collections)} }}{{ $k }}:{{ $v }}{{ else }}none{{ end }}`,
  (state) => `{{ $x := ${pipeline(state)} }}{{ $x }}{{ if true }}{{ $x = 3 }}{{ end }}{{ $x }}`,
  (state) => `{{/* c */}}${nested(state)}`,
  (state) => `{{ if ${pipeline(state)} }}${nested(state)}{{ else if ${pipeline(state)} }}${nested(state)}{{ end }}`,
  (state) => `{{ with $x := ${pipeline(state)} }}${nested(state)}{{ $x }}{{ else }}${nested(state)}{{ end }}`,
  (state) => `{{ range $i, $e := ${pick(state, state.words.collections)} }}{{ if ${pipeline(state)} }}${jump(state)}{{ end }}${nested(state)}{{ end }}`,
  (state) => `{{ define "t" }}${nested(state)}{{ end }}{{ template "t" ${operand(state)} }}{{ template "t" . }}`,
  (state) => `{{ block "b${state.depth}" ${operand(state)} }}${nested(state)}{{ end }}`,
];

function jump(state: GeneratorState): string {
  return pick(state, ["{{ break }}", "{{ continue }}"]);
}

function pipeline(state: GeneratorState): string {
  let text = command(state);
  while (state.random() < 0.3) text += ` | ${pick(state, state.words.functions)}`;
  return text;
}

const verbs = ["%v", "%s", "%d", "%q", "%5.2f", "%g", "%x", "%t", "%+v", "%-8v|", "%08d", "%e", "%T", "%c", "%U", "%%", "%.3s", "%#v", "%+d", "% d", "%#x", "%08.3f", "%6.2g", "%o", "%b", "%*d", "%[2]v", "%p", "%!", "%z", "%-5d|", "%+q", "%#q", "%x", "%X", "% x", "%G", "%E", "%F", "%5t", "%05d", "%.0f", "%.10g", "%v%v%v"];
const comparisons = ["eq", "ne", "lt", "le", "gt", "ge"];

const commands: readonly Produce[] = [
  operand,
  operand,
  (state) => `${pick(state, state.words.functions)} ${operand(state)}`,
  (state) => `printf "${pick(state, verbs)} ${pick(state, verbs)}" ${operand(state)} ${operand(state)}`,
  (state) => `${pick(state, comparisons)} ${operand(state)} ${operand(state)}`,
  (state) => `${pick(state, ["and", "or", "print", "println", "html", "index"])} ${operand(state)} ${operand(state)}`,
  (state) => `${pick(state, ["not", "len", "urlquery", "js", "slice"])} ${operand(state)}`,
  (state) => `slice ${operand(state)} ${pick(state, ["0", "1", "2"])}`,
];

function command(state: GeneratorState): string {
  return pick(state, commands)(state);
}

const literals = [
  "-0.0", "1e300", "9223372036854775807", "0b101", "0o17", "1_000", "0x1p4", '"é\\n"', '"<a&b>"', '"\\u00e9"', "'\\n'", "1e21", "123456789.125", "3.0","1", "0", "-3", "2.5", "1e6", '"x"', '"a b"', '""', "true", "false", "'c'", "`raw`", "0x10", "1e-7", "100000000.5"];

function operand(state: GeneratorState): string {
  if (state.depth < depthMax && state.random() < 0.15) {
    state.depth++;
    const inner = `(${pipeline(state)})`;
    state.depth--;
    return inner;
  }
  return state.random() < 0.45 ? pick(state, literals) : pick(state, state.words.operands);
}
