import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A class of kubernetes-models: its validate() is compiled from the API's OpenAPI schema. */
export interface ModelClass {
  new (): { validate(): void };
  readonly apiVersion: string;
  readonly kind: string;
}

export type Plain = Readonly<Record<string, unknown>>;

export function readManifest(file: URL): Plain {
  return parse(readFileSync(file, "utf8")) as Plain;
}

/**
 * The errors in a manifest, by the schema of its kind. The schemas accept unknown fields, and the API server (with the strict
 * field validation that kubectl requests) refuses them, so fields that the validator never read are reported too.
 */
export function problemsOf(manifest: Plain, Model: ModelClass): string[] {
  const problems: string[] = [];
  const { apiVersion, kind } = manifest;
  if (apiVersion !== Model.apiVersion || kind !== Model.kind)
    problems.push(`it is a ${String(apiVersion)} ${String(kind)}`);
  const read = new Set<string>();
  const model = watched(Object.assign(new Model(), manifest), "", read);
  try {
    Model.prototype.validate.call(model);
  } catch (cause) {
    problems.push((cause as Error).message);
  }
  return [
    ...problems,
    ...pathsOf(manifest, "")
      .filter((path) => !read.has(path))
      .map((path) => `${path} is unknown`),
  ];
}

function watched<Value extends object>(value: Value, path: string, read: Set<string>): Value {
  return new Proxy(value, {
    get(target, name, receiver) {
      const child: unknown = Reflect.get(target, name, receiver);
      if (typeof name === "symbol") return child;
      const where = `${path}/${name}`;
      read.add(where);
      return typeof child === "object" && child !== null ? watched(child, where, read) : child;
    },
  });
}

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [`${path}/${name}`, ...pathsOf(child, `${path}/${name}`)]);
}
