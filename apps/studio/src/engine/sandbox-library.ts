/** All of the library that cells and labs may import, as the build bundles it into one text. */
export * from "gradus";
export * as models from "gradus/models";
export * as data from "gradus/data";
export * as text from "gradus/text";
