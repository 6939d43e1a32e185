import { setDefaultInterpreter } from "../ir/emit.ts";
import { EAGER } from "./eager.ts";

setDefaultInterpreter(EAGER);
