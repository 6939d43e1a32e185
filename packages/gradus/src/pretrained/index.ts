/** Models that come with Gradus, trained: small enough to be loaded with a page. */
import "../exec/setup.ts";
import "../tensor/tensor.ts";

export { loadCourseModel, type CourseModel, type CourseModelCard } from "./course-model.ts";
