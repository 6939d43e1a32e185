import { signal } from "@preact/signals";
import { mount } from "../../shell/page.tsx";
import { createDescent } from "./descent.ts";
import { Home, type Reader } from "./home.tsx";
import "../course/course.css";
import "./home.css";
import type { Listed } from "./next.ts";

const descent = createDescent();
descent.open();
const course = document.querySelector("#course-section")?.innerHTML ?? "";
const reader: Reader = { next: signal(null), waiting: signal(null) };
mount({ home: "./", children: <Home descent={descent} course={course} reader={reader} /> });
if (course !== "") {
  const lessons = [...document.querySelectorAll<HTMLElement>("[data-lesson-tick]")].map(({ dataset }): Listed =>
    ({ id: dataset.lessonTick ?? "", name: dataset.name ?? "" }));
  void import("../course/ticks.ts").then(({ start }) => start());
  void import("./reader.ts").then(({ start }) => start(lessons, reader));
}
