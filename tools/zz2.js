import "./zz3.js"
