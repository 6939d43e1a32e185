/** The style sheets of every page. */
import "../look/fonts.css";
import "../look/tokens.css";
import "../look/base.css";
import "../look/parts.css";
import "./shell.css";
