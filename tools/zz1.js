import "./zz2.js"; import {type A} from "./zz3.js"
