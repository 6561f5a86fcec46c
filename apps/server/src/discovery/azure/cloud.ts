// Azure's clouds by the names that configs use. Goes to: azure/provider, azure/token.

export type AzureCloud = {
  /** Who lends tokens. */
  readonly authority: string;
  /** The resource manager, which tells of machines. */
  readonly manager: string;
};

const global: AzureCloud = { authority: "https://login.microsoftonline.com", manager: "https://management.azure.com" };
const china: AzureCloud = {
  authority: "https://login.chinacloudapi.cn",
  manager: "https://management.chinacloudapi.cn",
};
const government: AzureCloud = {
  authority: "https://login.microsoftonline.us",
  manager: "https://management.usgovcloudapi.net",
};

const clouds: Readonly<Record<string, AzureCloud>> = {
  AZURECHINACLOUD: china,
  AZURECLOUD: global,
  AZUREGERMANCLOUD: global,
  AZUREPUBLICCLOUD: global,
  AZUREUSGOVERNMENT: government,
  AZUREUSGOVERNMENTCLOUD: government,
};

/** Upper and lower case are the same. Throws an Error for a name that is none. */
export function cloudOf(name: string): AzureCloud {
  const cloud = clouds[name.toUpperCase()];
  if (!cloud)
    throw new Error(`there is no cloud configuration matching the name ${JSON.stringify(name.toUpperCase())}`);
  return cloud;
}
