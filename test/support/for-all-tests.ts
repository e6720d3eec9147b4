import { after } from "node:test";

/** What all tests of a file share: it is disposed of after the last of them. */
export async function forAllTests<Resource extends AsyncDisposable>(starting: Promise<Resource>): Promise<Resource> {
  const resource = await starting;
  after(async () => await resource[Symbol.asyncDispose]());
  return resource;
}
