// An entry of `opsgenie_configs`.
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretTextDecoder, urlDecoder } from "../../config/values.js";
import { checkPair, chooseSecret, isChosen } from "../choice.js";
import type { KindContext } from "../kind.js";

export interface OpsgenieResponder {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  /** A template. */
  readonly type: string;
}

export interface OpsgenieConfig {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly api_key: Secret | undefined;
  readonly api_key_file: string | undefined;
  readonly api_url: string;
  readonly message: string;
  readonly description: string;
  readonly source: string;
  readonly details: Readonly<Record<string, string>>;
  readonly entity: string;
  readonly responders: readonly OpsgenieResponder[];
  readonly actions: string;
  readonly tags: string;
  readonly note: string;
  readonly priority: string;
  readonly update_alerts: boolean;
}

const text = d.withDefault(d.string, "");
const responderTypes = ["team", "teams", "user", "escalation", "schedule"];

const responderDecoder: Decoder<OpsgenieResponder> = d.refine(
  d.object("config.OpsGenieConfigResponder", { id: text, name: text, username: text, type: text }),
  (responder, fail) => {
    if (responder.id === "" && responder.username === "" && responder.name === "") {
      fail("opsGenieConfig responder has to have at least one of id, username or name specified");
    }
    const isFixed = !responder.type.includes("{{");
    if (isFixed && !responderTypes.includes(responder.type.toLowerCase())) {
      fail(`opsGenieConfig responder type has to match one of ${responderTypes.join(", ")}`);
    }
    return responder;
  },
);

export function opsgenieDecoder({ global, file }: KindContext): Decoder<OpsgenieConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, true),
    http_config: d.withDefault(file.http, global.http_config),
    api_key: d.optional(secretTextDecoder),
    api_key_file: d.optional(file.path),
    api_url: d.withDefault(urlDecoder, global.opsgenie_api_url ?? ""),
    message: d.withDefault(d.string, '{{ template "opsgenie.default.message" . }}'),
    description: d.withDefault(d.string, '{{ template "opsgenie.default.description" . }}'),
    source: d.withDefault(d.string, '{{ template "opsgenie.default.source" . }}'),
    details: d.withDefault(d.map(d.string), {}),
    entity: text,
    responders: d.withDefault(d.list(responderDecoder), []),
    actions: text,
    tags: text,
    note: text,
    priority: text,
    update_alerts: d.withDefault(d.boolean, false),
  });
  return d.refine(decoder, (fields, fail) => {
    const own = { inline: fields.api_key, file: fields.api_key_file };
    checkPair("api_key", own, fail);
    const key = chooseSecret(own, { inline: global.opsgenie_api_key, file: global.opsgenie_api_key_file });
    if (!isChosen(key)) fail("no global OpsGenie API Key set either inline or in a file");
    if (fields.api_url === "") fail("no global OpsGenie URL set");
    return { ...fields, api_key: key.inline, api_key_file: key.file, api_url: fields.api_url.replace(/\/*$/, "/") };
  });
}
