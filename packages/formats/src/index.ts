export { ExpositionColumns } from "./exposition/columns.js";
export { parseExposition, scanExposition } from "./exposition/parser.js";
