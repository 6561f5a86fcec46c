// Renders fields of receivers with the default templates and the user's own.

import { errorText } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { parseNotificationTemplates, renderHtml, renderText, type TemplateLimits } from "@narthex/template";
import type { Renderer } from "./kind.js";
import { NotifyError } from "./notification.js";
import { readTemplateFiles } from "./template-files.js";

export interface RendererOptions {
  readonly clock: Clock;
  readonly limits?: Partial<TemplateLimits>;
}

/** Throws where a template file cannot be read or parsed. */
export function rendererFrom(globs: readonly string[], options: RendererOptions): Renderer {
  const templates = parseNotificationTemplates(readTemplateFiles(globs));
  const context = { timeMs: 0, ...(options.limits ? { limits: options.limits } : {}) };
  const guarded =
    (render: typeof renderText): Renderer["text"] =>
    (template, data) => {
      try {
        return render(templates, template, { ...context, timeMs: options.clock.now(), data });
      } catch (error) {
        // It would fail the same way again.
        throw new NotifyError(`cannot render template: ${errorText(error)}`, {
          isRetryable: false,
          reason: "other",
          cause: error,
        });
      }
    };
  return { text: guarded(renderText), html: guarded(renderHtml) };
}
