// The alerting section: which Alertmanagers, and what is rewritten on the way to them. Goes to: discovery, notify.
import { checkHttpClient, type Decoder, d, type HttpClientConfig, httpClientShape } from "@narthex/service";
import { type Sigv4Config, sigv4 } from "./cloud-auth.js";
import { checkStaticTargets, type DiscoveryConfigs, discoveryShape } from "./discovery.js";
import { checkRelabelConfigs, type RelabelConfig, relabelConfigs } from "./relabel.js";
import { type Located, located, nonNull, type ShapeOf } from "./shape.js";

/** How one set of Alertmanagers is found and called; the timeout in ms. */
type AlertmanagerCall = {
  readonly sigv4: Sigv4Config | undefined;
  readonly scheme: string;
  readonly path_prefix: string;
  readonly timeout: number;
  readonly api_version: string;
} & HttpClientConfig &
  DiscoveryConfigs;

export type AlertmanagerConfig = AlertmanagerCall & {
  readonly relabel_configs: readonly RelabelConfig[];
  readonly alert_relabel_configs: readonly RelabelConfig[];
};

export type AlertingConfig = {
  readonly alert_relabel_configs: readonly RelabelConfig[];
  readonly alertmanagers: readonly AlertmanagerConfig[];
};

type RawAlertmanagerConfig = AlertmanagerCall & {
  readonly relabel_configs: readonly Located<RelabelConfig>[];
  readonly alert_relabel_configs: readonly Located<RelabelConfig>[];
};

/** As decoded, before completion. */
export type RawAlertingConfig = {
  readonly alert_relabel_configs: readonly Located<RelabelConfig>[];
  readonly alertmanagers: readonly Located<RawAlertmanagerConfig>[];
};

const alertmanagerShape: ShapeOf<RawAlertmanagerConfig> = {
  ...httpClientShape,
  sigv4: d.optional(sigv4),
  scheme: d.withDefault(d.string, "http"),
  path_prefix: d.withDefault(d.string, ""),
  timeout: d.withDefault(d.duration, 10_000),
  api_version: d.withDefault(
    d.refine(d.string, (version, fail) =>
      version === "v2" ? version : fail(`expected Alertmanager api version to be one of [v2] but got ${version}`),
    ),
    "v2",
  ),
  ...discoveryShape,
  relabel_configs: relabelConfigs("Alertmanager target relabeling rule"),
  alert_relabel_configs: relabelConfigs("Alertmanager alert relabeling rule"),
};

const shape: ShapeOf<RawAlertingConfig> = {
  alert_relabel_configs: relabelConfigs("alert relabeling rule"),
  alertmanagers: d.withDefault(
    d.list(
      located(
        nonNull(
          d.refine(d.object("config.AlertmanagerConfig", alertmanagerShape), (config, fail) => {
            checkHttpClient(config, fail);
            if (config.sigv4 && (config.basic_auth || config.authorization || config.oauth2)) {
              fail("at most one of basic_auth, authorization, oauth2, & sigv4 must be configured");
            }
            return config;
          }),
          "empty or null alertmanagers section",
        ),
      ),
    ),
    [],
  ),
};

export const alertingSection: Decoder<RawAlertingConfig> = d.object("config.AlertingConfig", shape);

export function completeAlerting(raw: RawAlertingConfig): AlertingConfig {
  return {
    alert_relabel_configs: checkRelabelConfigs(raw.alert_relabel_configs, "utf8"),
    alertmanagers: raw.alertmanagers.map(completeAlertmanager),
  };
}

function completeAlertmanager({ value, fail }: Located<RawAlertmanagerConfig>): AlertmanagerConfig {
  if (value.relabel_configs.length === 0) checkStaticTargets(value, fail);
  return {
    ...value,
    relabel_configs: checkRelabelConfigs(value.relabel_configs, "utf8"),
    alert_relabel_configs: checkRelabelConfigs(value.alert_relabel_configs, "utf8"),
  };
}

export const emptyAlerting: AlertingConfig = { alert_relabel_configs: [], alertmanagers: [] };
