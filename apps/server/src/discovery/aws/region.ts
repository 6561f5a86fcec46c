// Which region, where the config does not say: the environment's, a profile's, or that of the instance we run on
// (docs.aws.amazon.com/sdkref/latest/guide/feature-region.html). Goes to: aws/client, aws/signer.
import type { AwsIdentityConfig } from "../../config/aws-identity.js";
import { type AwsSurroundings, metadataClient, profileFields } from "./surroundings.js";

export async function findRegion(
  config: Pick<AwsIdentityConfig, "region" | "profile">,
  around: AwsSurroundings,
): Promise<string> {
  const { environment } = around;
  const known = config.region || environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"];
  if (known) return known;
  const profile = config.profile || environment["AWS_PROFILE"] || "default";
  const written = profileFields(profile, environment).get("region");
  if (written) return written;
  const metadata = metadataClient(around);
  try {
    return await metadata.ask("meta-data/placement/region");
  } catch (error) {
    throw new Error(`could not determine AWS region: ${(error as Error).message}`, { cause: error });
  } finally {
    metadata.close();
  }
}
