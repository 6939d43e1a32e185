export {x} from "./zz1.js"
