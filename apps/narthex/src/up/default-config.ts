// The configuration files of `narthex up` when the user names none: written to the data folder, so that they can be
// read, copied and changed. Comes from: the command line. Goes to: the server and the Alertmanager, as files.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printYaml } from "@narthex/service";
import { defaultRules } from "./default-rules.js";

export type DefaultConfigRequest = {
  /** Where the files go; made if missing. */
  readonly folder: string;
  readonly scrapeInterval: string;
  readonly discoversLocal: boolean;
  /** host:port as the server reaches them. */
  readonly addresses: {
    readonly server: string;
    readonly alertmanager: string;
    readonly pushgateway: string;
    readonly node: string;
  };
  readonly slackUrl: string;
  readonly webhookUrl: string;
};

export type ConfigFiles = { readonly prometheus: string; readonly alertmanager: string };

/** The job of programs that were found on this machine; their `job` label is the process' name. */
export const localJob = "local";

const notice = (flag: string): string =>
  `# Written by "narthex up" at every start. To change it, copy it elsewhere and pass ${flag}.\n`;

/** Throws an Error that names the folder when it cannot be written. */
export function writeDefaultConfig(request: DefaultConfigRequest): ConfigFiles {
  const files = {
    prometheus: join(request.folder, "prometheus.yml"),
    alertmanager: join(request.folder, "alertmanager.yml"),
  };
  try {
    mkdirSync(request.folder, { recursive: true });
    writeFileSync(files.prometheus, notice("--config.file") + printYaml(prometheusConfig(request)));
    writeFileSync(join(request.folder, "rules.yml"), notice("--config.file") + defaultRules);
    writeFileSync(files.alertmanager, notice("--alertmanager.config.file") + printYaml(alertmanagerConfig(request)));
  } catch (error) {
    throw new Error(`cannot write the default configuration to ${request.folder}`, { cause: error });
  }
  return files;
}

function prometheusConfig({ addresses, scrapeInterval, discoversLocal }: DefaultConfigRequest): unknown {
  const job = (name: string, address: string, more: object = {}): object => ({
    job_name: name,
    ...more,
    static_configs: [{ targets: [address] }],
  });
  return {
    global: { scrape_interval: scrapeInterval, scrape_timeout: scrapeInterval, evaluation_interval: scrapeInterval },
    rule_files: ["rules.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [addresses.alertmanager] }] }] },
    scrape_configs: [
      job("narthex", addresses.server),
      job("node", addresses.node),
      job("alertmanager", addresses.alertmanager),
      job("pushgateway", addresses.pushgateway, { honor_labels: true }),
      ...(discoversLocal ? [{ job_name: localJob, local_sd_configs: [{ refresh_interval: scrapeInterval }] }] : []),
    ],
  };
}

function alertmanagerConfig({ slackUrl, webhookUrl }: DefaultConfigRequest): unknown {
  const slack = slackUrl === "" ? {} : { slack_configs: [{ api_url: slackUrl, send_resolved: true }] };
  const webhook = webhookUrl === "" ? {} : { webhook_configs: [{ url: webhookUrl }] };
  return {
    route: {
      receiver: "default",
      group_by: ["alertname"],
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: "4h",
    },
    receivers: [{ name: "default", ...slack, ...webhook }],
  };
}
