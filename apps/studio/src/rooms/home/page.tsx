import { mount } from "../../shell/page.tsx";
import { createDescent } from "./descent.ts";
import { Home } from "./home.tsx";
import "../course/course.css";
import "./home.css";

const descent = createDescent();
descent.open();
const course = document.querySelector("#course-section")?.innerHTML ?? "";
mount({ home: "./", children: <Home descent={descent} course={course} /> });
if (course !== "") void import("../course/ticks.ts").then(({ start }) => start());
