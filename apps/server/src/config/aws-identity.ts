// Who we are for AWS, as a `sigv4` section and the lists of AWS' services say it. Goes to: discovery/aws/identity.
import { d, type Secret } from "@narthex/service";
import { textField } from "./sd-section.js";
import type { ShapeOf } from "./shape.js";

export type AwsIdentityConfig = {
  /** "" for that of the surroundings: the environment, a profile, the instance. */
  readonly region: string;
  readonly access_key: string;
  readonly secret_key: Secret | undefined;
  readonly profile: string;
  /** Of a role to act as; "" for none. */
  readonly role_arn: string;
  readonly external_id: string;
};

export const awsIdentityShape: ShapeOf<AwsIdentityConfig> = {
  region: textField,
  access_key: textField,
  secret_key: d.optional(d.secret),
  profile: textField,
  role_arn: textField,
  external_id: textField,
};
