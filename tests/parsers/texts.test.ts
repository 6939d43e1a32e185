import "./memory.ts";
import { fuzz } from "./fuzz.ts";
import { PARSERS } from "./texts.ts";

fuzz(PARSERS);
