import { after } from "node:test";

/** A resource that all tests of a file share. It is disposed of after the last of them. */
export async function forAllTests<Resource extends AsyncDisposable>(starting: Promise<Resource>): Promise<Resource> {
  const resource = await starting;
  after(async () => await resource[Symbol.asyncDispose]());
  return resource;
}
