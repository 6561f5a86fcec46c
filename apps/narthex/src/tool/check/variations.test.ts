// Configurations with one field that is odd, through Debian's promtool 2.42 and through ours: the same verdict, but where 3.14
// judges otherwise, and for what is listed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasPeer, runNarthex, runPeer } from "../../testing/run.js";

const hasPromtool = hasPeer("promtool");

const client = "basic_auth authorization oauth2 bearer_token tls_config proxy_url follow_redirects enable_http2";
const job = "scrape_configs:\n- job_name: a\n";
const discovery = (kind: string, own: string): string => `${job}  ${kind}_sd_configs:\n  - ${own}\n    HERE`;

/** HERE stands for the field. */
type Section = readonly [text: string, fields: string];

const configSections: readonly Section[] = [
  ["HERE", "global alerting rule_files scrape_configs storage tracing remote_write remote_read nonsense"],
  ["global:\n  HERE", "scrape_interval scrape_timeout evaluation_interval query_log_file external_labels nonsense"],
  [
    `${job}  HERE`,
    `job_name honor_labels honor_timestamps params scrape_interval scrape_timeout metrics_path scheme body_size_limit sample_limit label_limit relabel_configs static_configs file_sd_configs ec2_sd_configs nonsense ${client}`,
  ],
  [`${job}  static_configs:\n  - HERE`, "targets labels nonsense"],
  [`${job}  relabel_configs:\n  - HERE`, "source_labels separator target_label regex modulus replacement action"],
  [`${job}  basic_auth:\n    HERE`, "username password password_file nonsense"],
  [`${job}  tls_config:\n    HERE`, "ca_file server_name insecure_skip_verify min_version nonsense"],
  [
    `${job}  oauth2:\n    client_id: a\n    client_secret: b\n    token_url: http://x/\n    HERE`,
    "scopes endpoint_params",
  ],
  [discovery("file", "files: ['x.yml']"), "refresh_interval nonsense"],
  [discovery("dns", "names: [x]"), "type port refresh_interval"],
  [discovery("http", "url: http://x/"), `url refresh_interval ${client}`],
  [discovery("docker", "host: tcp://x:1"), "host port host_networking_host"],
  [discovery("openstack", "region: x\n    role: instance"), "role availability all_tenants port"],
  [discovery("puppetdb", "query: q\n    url: http://x/"), "url query include_parameters port"],
  [
    "remote_write:\n- url: http://x/\n  HERE",
    `remote_timeout headers write_relabel_configs name send_exemplars ${client}`,
  ],
  [
    "remote_write:\n- url: http://x/\n  queue_config:\n    HERE",
    "capacity max_shards batch_send_deadline retry_on_http_429",
  ],
  ["remote_write:\n- url: http://x/\n  metadata_config:\n    HERE", "send send_interval max_samples_per_send"],
  ["remote_read:\n- url: http://x/\n  HERE", `remote_timeout headers read_recent name required_matchers ${client}`],
  [
    "alerting:\n  alertmanagers:\n  - HERE",
    `static_configs scheme path_prefix timeout api_version bearer_token_file ${client}`,
  ],
  ["storage:\n  tsdb:\n    HERE", "out_of_order_time_window nonsense"],
  ["storage:\n  exemplars:\n    HERE", "max_exemplars"],
  ["tracing:\n  endpoint: x\n  HERE", "client_type sampling_fraction insecure headers compression timeout"],
];

const group = "groups:\n- name: a\n  ";
const ruleSections: readonly Section[] = [
  ["HERE", "groups nonsense"],
  ["groups:\n- HERE", "name interval rules nonsense"],
  [`${group}HERE`, "name interval limit rules nonsense"],
  [`${group}rules:\n  - HERE`, "record alert expr for labels annotations nonsense"],
  [`${group}rules:\n  - record: a\n    expr: b\n    HERE`, "record alert expr for labels annotations"],
  [`${group}rules:\n  - alert: a\n    expr: b\n    HERE`, "record alert expr for labels annotations nonsense"],
  [`${group}rules:\n  - alert: a\n    expr: b\n    labels:\n      HERE`, "severity __name__ a-b"],
  [`${group}rules:\n  - alert: a\n    expr: b\n    annotations:\n      HERE`, "summary a-b"],
];

const values = ["word", "''", "-1", "0", "1.5", "true", "[a]", "[~]", "{}", "{a: b}", "5m", "'('"];

/** Why ours is another verdict: by what we say of the file, or where we say nothing by what promtool says. */
const differences: readonly (readonly [text: RegExp, reason: string])[] = [
  [/remote write queue \w+ must (be positive|not be)/, "of Prometheus 3"],
  [/refresh_interval must be above 0/, "Prometheus takes it, and ends when the timer starts"],
  [/invalid proxy URL/, "docs/compatibility.md: other schemes are refused"],
  [/is invalid 'target_label' for replace action/, "UTF-8 names are valid"],
  [/oauth2 client_id must be configured/, "Prometheus 3 checks the client of HTTP discovery"],
];

const ruleDifferences: typeof differences = [
  [/cannot unmarshal !!(seq|map)/, "2.42 takes a list for a text that is not there"],
  [/invalid (label|annotation) name: a-b/, "UTF-8 names are valid"],
];

type Verdict = { readonly isGood: boolean; readonly text: string };

/** Errors stand on another stream than the list of files, in its order. */
function verdictsOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): Verdict[] {
  const failures = stderr.split(/^ +FAILED:\s/m).slice(1);
  return stdout
    .split(/^Checking /m)
    .slice(1)
    .map((report) =>
      report.includes("SUCCESS") ? { isGood: true, text: "" } : { isGood: false, text: failures.shift() ?? "" },
    );
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "narthex-variations-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function writeVariations(sections: readonly Section[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [number, [section, fields]] of sections.entries()) {
    const indent = " ".repeat(/(?<=^|\n)[ -]*(?=HERE)/.exec(section)?.[0].length ?? 0);
    for (const field of fields.split(" ")) {
      const variations = [...values.map((value) => `${field}: ${value}`), `${field}: a\n${indent}${field}: a`];
      for (const [i, line] of variations.entries()) {
        texts.set(join(folder, `${number}-${field}-${i}.yml`), `${section.replace("HERE", line)}\n`);
      }
    }
  }
  for (const [file, text] of texts) writeFileSync(file, text);
  return texts;
}

describe.skipIf(!hasPromtool)("check (promtool)", () => {
  it.each([
    ["config", configSections, differences],
    ["rules", ruleSections, ruleDifferences],
  ])("%s: judges odd fields as promtool does", { timeout: 120_000 }, async (kind, sections, known) => {
    const texts = writeVariations(sections);
    const files = [...texts.keys()];
    const theirs: Verdict[] = [];
    const ours: Verdict[] = [];
    const batchSize = 500;
    for (let i = 0; i < files.length; i += batchSize) {
      const batch = ["check", kind, ...files.slice(i, i + batchSize)];
      theirs.push(...verdictsOf(runPeer("promtool", batch)));
      ours.push(...verdictsOf(await runNarthex("tool", ...batch)));
    }
    expect([theirs.length, ours.length]).toEqual([files.length, files.length]);
    const used = new Set<string>();
    const unexplained = files.flatMap((file, i) => {
      const [own, their] = [ours[i] as Verdict, theirs[i] as Verdict];
      if (own.isGood === their.isGood) return [];
      const difference = known.find(([text]) => text.test(own.isGood ? their.text : own.text));
      if (difference) used.add(difference[1]);
      return difference ? [] : [{ config: texts.get(file), ours: own, theirs: their }];
    });
    expect(unexplained).toEqual([]);
    expect(used.size).toBe(known.length);
    expect(ours.filter(({ isGood }) => isGood).length).toBeGreaterThan(files.length / 10);
  });
});
