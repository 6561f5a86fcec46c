// Checks JSON against the schemas of a Swagger 2.0 document, as far as Alertmanager's uses them; properties that the
// schema does not name are mistakes.

export interface Schema {
  readonly [key: string]: unknown;
}

/** Mistakes in the answer of a GET of `path`, each with its place. */
export function mistakesAgainst(document: Schema, path: string, value: unknown): string[] {
  const schema = at(document, ["paths", path, "get", "responses", "200", "schema"]);
  return check({ document, schema: schema as Schema, value, place: "$" });
}

interface Check {
  readonly document: Schema;
  readonly schema: Schema;
  readonly value: unknown;
  readonly place: string;
}

function check({ document, schema: given, value, place }: Check): string[] {
  const schema = resolve(document, given);
  switch (schema["type"]) {
    case "array": {
      if (!Array.isArray(value)) return [`${place}: no array`];
      const items = schema["items"] as Schema;
      return value.flatMap((item, i) => check({ document, schema: items, value: item, place: `${place}[${i}]` }));
    }
    case "object":
      return checkObject({ document, schema, value, place });
    case "string":
      return checkString(schema, value, place);
    case "boolean":
      return typeof value === "boolean" ? [] : [`${place}: no boolean`];
    default:
      return [`${place}: unknown schema type ${String(schema["type"])}`];
  }
}

function checkObject({ document, schema, value, place }: Check): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${place}: no object`];
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const others = schema["additionalProperties"] as Schema | undefined;
  const missing = ((schema["required"] ?? []) as string[]).filter((name) => !Object.hasOwn(value, name));
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const fieldSchema = properties[name] ?? others;
    if (!fieldSchema) return [`${place}.${name}: not in the schema`];
    return check({ document, schema: fieldSchema, value: field, place: `${place}.${name}` });
  });
  return [...missing.map((name) => `${place}.${name}: missing`), ...inner];
}

function checkString(schema: Schema, value: unknown, place: string): string[] {
  if (typeof value !== "string") return [`${place}: no string`];
  const choices = schema["enum"] as string[] | undefined;
  if (choices && !choices.includes(value)) return [`${place}: ${value} is none of ${choices.join(", ")}`];
  const isTime = schema["format"] === "date-time";
  return isTime && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) ? [`${place}: no time`] : [];
}

// Follows $ref and melts allOf into one object schema.
function resolve(document: Schema, schema: Schema): Schema {
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    return resolve(document, at(document, reference.slice(2).split("/")) as Schema);
  }
  const parts = schema["allOf"] as Schema[] | undefined;
  if (!parts) return schema;
  const resolved = parts.map((part) => resolve(document, part));
  const properties = Object.assign({}, ...resolved.map((part) => part["properties"])) as Schema;
  const required = resolved.flatMap((part) => (part["required"] ?? []) as string[]);
  return { type: "object", properties, required };
}

function at(document: Schema, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Schema)[name], document);
}
