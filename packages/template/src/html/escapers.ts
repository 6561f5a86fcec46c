import type { FunctionTable } from "../value/value.js";
export const escaperFunctions: FunctionTable = new Map();
