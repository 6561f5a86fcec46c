import { expect, test } from "vitest";
import { type Listed, listOnce } from "../testing/listing.js";
import { parseSd } from "../testing/world.js";
import { puppetdbSd } from "./config.js";
import { puppetdbProvider } from "./provider.js";

const resource = {
  certname: "one.example.com",
  resource: "49af",
  type: "Class",
  title: "Apache",
  exported: true,
  tags: ["a", "b"],
  file: "/etc/site.pp",
  environment: "prod",
  parameters: { port: 80, on: false, name: "web", roles: ["x", 1], deep: { er: "v" }, none: null },
};
const labels = {
  __address__: "one.example.com:9100",
  query: "q",
  certname: "one.example.com",
  resource: "49af",
  type: "Class",
  title: "Apache",
  exported: "true",
  tags: ",a,b,",
  file: "/etc/site.pp",
  environment: "prod",
};

function list(fields: string): Promise<Listed> {
  return listOnce(
    {
      provider: () => puppetdbProvider,
      section: puppetdbSd,
      yaml: (url) => `{ url: "${url}/db", query: q, port: 9100${fields} }`,
      answers: () => [resource],
    },
    "__meta_puppetdb_",
  );
}

test("the query is posted, and each resource is a target", async () => {
  const { targets, asked } = await list("");
  expect(targets).toEqual([labels]);
  expect(asked[0]).toMatchObject({ method: "POST", path: "/db/pdb/query/v4", body: '{"query":"q"}' });
});

test("parameters become labels where asked", async () => {
  const { targets } = await list(", include_parameters: true");
  const parameters = { port: "80", on: "false", name: "web", roles: ",x,1,", deep_er: "v" };
  const marks = Object.entries(parameters).map(([name, value]) => [`parameter_${name}`, value]);
  expect(targets).toEqual([{ ...labels, ...Object.fromEntries(marks) }]);
});

const mistakes: [yaml: string, text: string][] = [
  ["{ query: a }", "URL is missing"],
  ["{ url: 'http://', query: a }", "host is missing in URL"],
  ["{ url: 'ftp://a', query: a }", "URL scheme must be 'http' or 'https'"],
  ["{ url: 'http://a' }", "query missing"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(puppetdbSd, yaml)).toThrow(text);
});
