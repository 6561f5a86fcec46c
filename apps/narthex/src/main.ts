#!/usr/bin/env node
// `narthex` from the compiled sources, as `npm run dev` has it; the bundle's main.js is made by scripts/bundle.mjs.
import { runProgram } from "./program.js";

runProgram();
