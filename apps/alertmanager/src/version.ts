/** Shown by the API and in metrics. */
export const version = "0.1.0";
