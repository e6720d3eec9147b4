import { register } from "node:module";

const source = `export async function resolve(name, context, next) {
  return name === "virtual:one" ? { url: "data:text/javascript,export default 7", shortCircuit: true } : next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(source)}`);
console.log((await import("virtual:one")).default);
