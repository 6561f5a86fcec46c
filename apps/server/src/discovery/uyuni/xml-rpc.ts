// XML-RPC (xmlrpc.com/spec): calls as text, answers as the values that JSON has. Goes to: uyuni/provider.
import { Json } from "../json.js";
import { parseXml, type Xml } from "../xml.js";

export type Parameter = string | number | readonly number[];

export function printCall(method: string, parameters: readonly Parameter[]): string {
  const values = parameters.map((one) => `<param>${printValue(one)}</param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${escapeText(method)}</methodName><params>${values}</params></methodCall>`;
}

function printValue(value: Parameter): string {
  if (typeof value === "string") return `<value><string>${escapeText(value)}</string></value>`;
  if (typeof value === "number") return `<value><int>${value}</int></value>`;
  return `<value><array><data>${value.map(printValue).join("")}</data></array></value>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Throws an Error with what the server says for a fault. */
export function parseResponse(text: string): Json {
  const response = parseXml(text).at("methodResponse");
  const fault = response?.at("fault", "value");
  if (fault) {
    const told = new Json(readValue(fault));
    throw new Error(`fault ${told.at("faultCode").print()}: ${told.at("faultString").print()}`);
  }
  const value = response?.at("params", "param", "value");
  if (!value) throw new Error("the answer is no XML-RPC response");
  return new Json(readValue(value));
}

function readValue(value: Xml): unknown {
  const array = value.at("array", "data");
  if (array) return array.children("value").map(readValue);
  const struct = value.at("struct");
  if (struct) return Object.fromEntries(struct.children("member").map(readMember));
  for (const name of ["int", "i4", "i8", "double"]) {
    const number = value.at(name);
    if (number) return Number(number.ownText());
  }
  const flag = value.at("boolean");
  if (flag) return flag.ownText() === "1";
  if (value.at("nil")) return null;
  // A value without a type is a string.
  return (value.at("string") ?? value.at("dateTime.iso8601") ?? value.at("base64") ?? value).ownText();
}

function readMember(member: Xml): [name: string, value: unknown] {
  const value = member.at("value");
  return [member.text("name"), value ? readValue(value) : null];
}
