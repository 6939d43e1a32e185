import { mount } from "../../shell/page.tsx";
import { createDescent } from "./descent.ts";
import { Home } from "./home.tsx";
import "./home.css";

const descent = createDescent();
descent.open();
mount({ home: "./", children: <Home descent={descent} /> });
