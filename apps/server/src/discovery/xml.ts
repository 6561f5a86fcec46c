// XML answers of APIs: elements and their text; attributes, comments and namespaces say nothing there.
// Goes to: aws/client, uyuni/xml-rpc.

export class Xml {
  readonly #children = new Map<string, Xml[]>();
  #text = "";

  at(...names: string[]): Xml | undefined {
    return names.reduce((here: Xml | undefined, name) => here?.children(name)[0], this);
  }

  /** The text of the element under these names; "" where there is none. */
  text(...names: string[]): string {
    return this.at(...names)?.ownText() ?? "";
  }

  /** The `item` elements of the set under this name. */
  items(name: string): readonly Xml[] {
    return this.at(name)?.children("item") ?? [];
  }

  /** The elements of the list under this name, whatever they are called. */
  elements(name: string): readonly Xml[] {
    const list = this.at(name);
    return list ? [...list.#children.values()].flat() : [];
  }

  children(name: string): readonly Xml[] {
    return this.#children.get(name) ?? [];
  }

  ownText(): string {
    return this.#text.trim();
  }

  addChild(name: string): Xml {
    const child = new Xml();
    const same = this.#children.get(name);
    if (same) same.push(child);
    else this.#children.set(name, [child]);
    return child;
  }

  addText(text: string): void {
    this.#text += text;
  }
}

const depthMax = 100;
const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([^\s<>/]+)[^<>]*?(\/?)>|([^<]+)/g;

/** The document, above its root element. Throws an Error for text that is not such XML. */
export function parseXml(source: string): Xml {
  const top = new Xml();
  const open: { name: string; node: Xml }[] = [{ name: "", node: top }];
  let end = 0;
  for (const match of source.matchAll(token)) {
    const here = open.at(-1);
    // What stands between two matches is nothing that XML has.
    if (match.index !== end || !here) break;
    end += match[0].length;
    const [, slash, name, isEmpty, text] = match;
    if (text !== undefined) here.node.addText(decodeEntities(text));
    else if (name === undefined) continue;
    else if (slash === "/") {
      if (open.pop()?.name !== name) throw new Error(`cannot read the answer as XML: </${name}> closes nothing`);
    } else {
      const node = here.node.addChild(name);
      if (isEmpty !== "/") open.push({ name, node });
      if (open.length > depthMax) throw new Error(`the answer's XML is deeper than ${depthMax}`);
    }
  }
  if (end < source.length) throw new Error(`cannot read the answer as XML at character ${end}`);
  if (open.length !== 1) throw new Error("cannot read the answer as XML: it is cut off");
  return top;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
