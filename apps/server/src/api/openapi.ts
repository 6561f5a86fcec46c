// /api/v1/openapi.yaml: the HTTP API for programs that make clients of it. One table says what there is; a test holds it to
// the routes that are served, and to Prometheus' own document.
import { chunksContentType, samplesContentType } from "@narthex/formats";
import { printYaml } from "@narthex/service";
import { prometheusVersion } from "../version.js";
import { badParameter } from "./parameters.js";
import { earlyRoute, type Route } from "./route.js";

type ParameterType = "string" | "integer" | "number" | "boolean" | "time" | "duration" | "strings";

type Endpoint = {
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** "name:type", a "!" behind a name that must be there. */
  readonly parameters?: string;
  /** Of `data` in the envelope; "lines" for NDJSON, "events" for server-sent events, "protobuf" for messages, "empty" for 204. */
  readonly data: "string" | "array" | "object" | "lines" | "events" | "protobuf" | "empty";
  /** "get" when absent; with a form, "post" has the parameters in its body. */
  readonly methods?: readonly ("get" | "post" | "put" | "delete")[];
};

const asked = ["get", "post"] as const;
const changed = ["put", "post"] as const;
const between = "start:time end:time";
const searched =
  "match[]:strings search[]:strings fuzz_threshold:integer fuzz_alg:string case_sensitive:boolean sort_by:string " +
  `sort_dir:string include_score:boolean ${between} limit:integer batch_size:integer`;
const evaluated = "timeout:duration limit:integer lookback_delta:duration stats:string";

const endpoints: readonly Endpoint[] = [
  {
    path: "/query",
    summary: "Evaluates an expression at one time",
    tag: "query",
    parameters: `query!:string time:time ${evaluated}`,
    data: "object",
    methods: asked,
  },
  {
    path: "/query_range",
    summary: "Evaluates an expression over a range of time",
    tag: "query",
    parameters: `query!:string start!:time end!:time step!:duration ${evaluated}`,
    data: "object",
    methods: asked,
  },
  {
    path: "/query_exemplars",
    summary: "Exemplars of the series that an expression selects",
    tag: "query",
    parameters: `query!:string ${between}`,
    data: "array",
    methods: asked,
  },
  {
    path: "/format_query",
    summary: "Prints an expression over several lines",
    tag: "query",
    parameters: "query!:string",
    data: "string",
    methods: asked,
  },
  {
    path: "/parse_query",
    summary: "The syntax tree of an expression",
    tag: "query",
    parameters: "query!:string",
    data: "object",
    methods: asked,
  },
  {
    path: "/labels",
    summary: "Names of labels",
    tag: "labels",
    parameters: `${between} match[]:strings limit:integer`,
    data: "array",
    methods: asked,
  },
  {
    path: "/label/{name}/values",
    summary: "Values of a label",
    tag: "labels",
    parameters: `${between} match[]:strings limit:integer`,
    data: "array",
  },
  {
    path: "/series",
    summary: "Series that match",
    tag: "series",
    parameters: `match[]!:strings ${between} limit:integer`,
    data: "array",
    methods: asked,
  },
  {
    path: "/search/metric_names",
    summary: "Names of metrics that answer to search terms",
    tag: "metadata",
    parameters: `${searched} include_metadata:boolean`,
    data: "lines",
    methods: asked,
  },
  {
    path: "/search/label_names",
    summary: "Names of labels that answer to search terms",
    tag: "labels",
    parameters: searched,
    data: "lines",
    methods: asked,
  },
  {
    path: "/search/label_values",
    summary: "Values of a label that answer to search terms",
    tag: "labels",
    parameters: `label!:string ${searched}`,
    data: "lines",
    methods: asked,
  },
  {
    path: "/metadata",
    summary: "Type, help and unit of metrics",
    tag: "metadata",
    parameters: "limit:integer limit_per_metric:integer metric:string",
    data: "object",
  },
  { path: "/scrape_pools", summary: "Names of the scrape pools", tag: "targets", data: "object" },
  {
    path: "/scrape_pools/config",
    summary: "Configuration of a scrape pool",
    tag: "targets",
    parameters: "scrapePool!:string",
    data: "object",
  },
  {
    path: "/targets",
    summary: "Targets and how their last scrape went",
    tag: "targets",
    parameters: "scrapePool:string state:string",
    data: "object",
  },
  {
    path: "/targets/metadata",
    summary: "Metadata as targets gave it",
    tag: "targets",
    parameters: "match_target:string metric:string limit:integer",
    data: "array",
  },
  {
    path: "/targets/relabel_steps",
    summary: "What each relabelling rule makes of labels",
    tag: "targets",
    parameters: "scrapePool!:string labels!:string",
    data: "object",
  },
  {
    path: "/rules",
    summary: "Rules, their state and their alerts",
    tag: "rules",
    parameters:
      "type:string rule_name[]:strings rule_group[]:strings file[]:strings match[]:strings exclude_alerts:boolean group_limit:integer group_next_token:string",
    data: "object",
  },
  { path: "/alerts", summary: "Alerts that are pending or firing", tag: "alerts", data: "object" },
  {
    path: "/alerts/history",
    summary: "Changes of alerts' states, the newest first",
    tag: "alerts",
    parameters: `${between} match[]:strings state:strings limit:integer`,
    data: "object",
  },
  { path: "/alertmanagers", summary: "Alertmanagers that alerts are sent to", tag: "alerts", data: "object" },
  { path: "/status/config", summary: "The configuration in force", tag: "status", data: "object" },
  { path: "/status/runtimeinfo", summary: "The process and its storage", tag: "status", data: "object" },
  { path: "/status/buildinfo", summary: "What was built", tag: "status", data: "object" },
  { path: "/status/flags", summary: "Flags and their values", tag: "status", data: "object" },
  {
    path: "/status/tsdb",
    summary: "What the head block holds most of",
    tag: "status",
    parameters: "limit:integer",
    data: "object",
  },
  { path: "/status/tsdb/blocks", summary: "The blocks on disk", tag: "status", data: "object" },
  { path: "/status/walreplay", summary: "How far the replay of the log is", tag: "status", data: "object" },
  {
    path: "/status/self_metrics",
    summary: "The server's own metrics",
    tag: "status",
    parameters: "metric_name_pattern:string",
    data: "array",
  },
  { path: "/status/queries", summary: "Queries that wait or run", tag: "status", data: "object" },
  { path: "/status/queries/{id}", summary: "Ends a query", tag: "status", data: "empty", methods: ["delete"] },
  {
    path: "/admin/tsdb/delete_series",
    summary: "Deletes samples of series",
    tag: "admin",
    parameters: `match[]!:strings ${between}`,
    data: "empty",
    methods: changed,
  },
  {
    path: "/admin/tsdb/clean_tombstones",
    summary: "Removes deleted samples from the disk",
    tag: "admin",
    data: "empty",
    methods: changed,
  },
  {
    path: "/admin/tsdb/snapshot",
    summary: "Makes a snapshot of the storage",
    tag: "admin",
    parameters: "skip_head:boolean",
    data: "object",
    methods: changed,
  },
  {
    path: "/read",
    summary: "Answers other servers' remote reads",
    tag: "remote",
    data: "protobuf",
    methods: ["post"],
  },
  {
    path: "/write",
    summary: "Takes samples that others send by remote write",
    tag: "remote",
    data: "empty",
    methods: ["post"],
  },
  {
    path: "/otlp/v1/metrics",
    summary: "Takes metrics that others send by OTLP",
    tag: "otlp",
    data: "empty",
    methods: ["post"],
  },
  { path: "/notifications", summary: "What to know of the server now", tag: "notifications", data: "array" },
  { path: "/notifications/live", summary: "The same, as it comes", tag: "notifications", data: "events" },
  { path: "/features", summary: "What the server can do", tag: "features", data: "object" },
];

const schemas: Readonly<Record<ParameterType, object>> = {
  string: { type: "string" },
  integer: { type: "integer", format: "int64" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  time: {
    oneOf: [
      { type: "string", format: "date-time" },
      { type: "number", format: "unixtime" },
    ],
  },
  duration: { oneOf: [{ type: "string" }, { type: "number" }] },
  strings: { type: "array", items: { type: "string" } },
};

type Parameter = { readonly name: string; readonly isRequired: boolean; readonly schema: object };

function parametersOf({ parameters = "" }: Endpoint): Parameter[] {
  return parameters
    .split(" ")
    .filter((text) => text !== "")
    .map((text) => {
      const [name = "", type = "string"] = text.split(":");
      return {
        name: name.replace("!", ""),
        isRequired: name.endsWith("!"),
        schema: schemas[type as ParameterType],
      };
    });
}

const json = (schema: object): object => ({ "application/json": { schema } });
const errorAnswer = { description: "What went wrong.", content: json({ $ref: "#/components/schemas/Error" }) };

function answerOf({ data }: Endpoint): object {
  if (data === "empty") return { "204": { description: "Done." } };
  if (data === "lines") {
    return {
      "200": { description: "Lines of JSON.", content: { "application/x-ndjson": { schema: { type: "string" } } } },
    };
  }
  if (data === "events") {
    return { "200": { description: "Events.", content: { "text/event-stream": { schema: { type: "string" } } } } };
  }
  if (data === "protobuf") {
    const schema = { type: "string", format: "binary" };
    return {
      "200": {
        description: "Messages.",
        content: { [samplesContentType]: { schema }, [chunksContentType]: { schema } },
      },
    };
  }
  const schema = {
    allOf: [{ $ref: "#/components/schemas/Success" }, { type: "object", properties: { data: { type: data } } }],
  };
  return { "200": { description: "The answer.", content: json(schema) } };
}

function operationOf(endpoint: Endpoint, method: string): object {
  const { path, summary, tag } = endpoint;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const parameters = parametersOf(endpoint);
  const isForm = method === "post" && endpoint.methods === asked;
  const inQuery = parameters.map(({ name, isRequired, schema }) => ({
    name,
    in: "query",
    required: isRequired,
    schema,
  }));
  const required = parameters.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const form = {
    type: "object",
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    ...(required.length > 0 ? { required } : {}),
  };
  const described = [...inPath, ...(isForm ? [] : inQuery)];
  return {
    tags: [tag],
    summary,
    operationId: `${method}${path.replace(/[^a-z]+([a-z]?)/gi, (_, letter: string) => letter.toUpperCase())}`,
    ...(described.length > 0 ? { parameters: described } : {}),
    ...(isForm ? { requestBody: { content: { "application/x-www-form-urlencoded": { schema: form } } } } : {}),
    responses: { ...answerOf(endpoint), default: errorAnswer },
  };
}

const texts = { type: "array", items: { type: "string" } };

/** The document as a value; `version` is OpenAPI's. */
export function openapiDocument(version: "3.1" | "3.2"): object {
  const paths = endpoints.map((endpoint) => {
    const operations = (endpoint.methods ?? ["get"]).map((method) => [method, operationOf(endpoint, method)]);
    return [endpoint.path, Object.fromEntries(operations)];
  });
  return {
    openapi: `${version}.0`,
    info: {
      title: "Narthex",
      description: "Prometheus' HTTP API, and what Narthex adds to it.",
      version: prometheusVersion,
    },
    servers: [{ url: "/api/v1" }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: {
        Success: {
          type: "object",
          required: ["status", "data"],
          properties: { status: { const: "success" }, data: {}, warnings: texts, infos: texts },
        },
        Error: {
          type: "object",
          required: ["status", "errorType", "error"],
          properties: { status: { const: "error" }, errorType: { type: "string" }, error: { type: "string" } },
        },
      },
    },
  };
}

export function openapiRoutes(): Route[] {
  return [
    earlyRoute("/api/v1/openapi.yaml", ({ parameters }) => {
      const version = parameters.text("openapi_version") || "3.1";
      if (version !== "3.1" && version !== "3.2") throw badParameter("openapi_version", "it must be 3.1 or 3.2");
      return {
        kind: "body",
        body: printYaml(openapiDocument(version)),
        contentType: "application/yaml; charset=utf-8",
      };
    }),
  ];
}
