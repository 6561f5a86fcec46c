// file_sd_configs: files that hold target groups. Goes to: discovery/file.
import { dirname, isAbsolute, join } from "node:path";
import { quote } from "@narthex/model";
import { d } from "@narthex/service";
import { refreshField, type SdSection } from "../config/sd-section.js";

export type FileSdConfig = {
  readonly files: readonly string[];
  readonly refresh_interval: number;
};

const filePathForm = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

const filePath = d.refine(d.string, (path, fail) =>
  filePathForm.test(path) ? path : fail(`path name ${quote(path)} is not valid for file discovery`),
);

const shape = {
  files: d.refine(d.withDefault(d.list(filePath), []), (files, fail) =>
    files.length > 0 ? files : fail("file service discovery config must contain at least one path name"),
  ),
  refresh_interval: refreshField(300_000),
};

export const fileSd: SdSection<FileSdConfig> = {
  decoder: d.object("file.plain", shape),
  withPaths: (config, file) => ({
    ...config,
    files: config.files.map((path) => (isAbsolute(path) ? path : join(dirname(file), path))),
  }),
};
