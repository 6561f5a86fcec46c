export { TemplateError, TemplateLimitError, type TemplatePosition } from "./errors.js";
export { type ExecuteOptions, execute, extendTemplate, parseTemplate, type Template, type TemplateOptions } from "./template.js";
