// What the messages of one body share while it is decoded.
import { TextCache } from "../protobuf/text.js";
import { DecodeBudget } from "../remote/budget.js";

export class DecodeContext {
  readonly budget: DecodeBudget;
  readonly texts: TextCache = new TextCache();

  constructor(bytesMax: number) {
    this.budget = new DecodeBudget(bytesMax);
  }
}
