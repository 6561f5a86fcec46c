import { Secret } from "@narthex/service";

/**
 * Text that is equal for equal configs, secrets included: for comparing the config before and after a reload.
 * It must never leave the process.
 */
export function configKey(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, printed: unknown) {
    // `printed` is what toJSON made of it; the holder has the value itself.
    const held = this[key];
    return held instanceof Secret ? { secret: held.reveal() } : printed;
  });
}
