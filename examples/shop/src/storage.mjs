import { writeFile } from "node:fs/promises";
import path from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

/** Where finished files go. The S3 client opens its connections at its first request: in a worker, never at load. */
export function createStorage({ files, bucket }) {
  return bucket === undefined ? new Folder(files) : new Bucket(bucket);
}

class Folder {
  #path;

  constructor(folder) {
    this.#path = folder;
  }

  async store(name, bytes) {
    const file = path.join(this.#path, name);
    await writeFile(file, bytes);
    return file;
  }
}

class Bucket {
  #name;
  #client = new S3Client({});

  constructor(name) {
    this.#name = name;
  }

  async store(name, bytes) {
    await this.#client.send(new PutObjectCommand({ Bucket: this.#name, Key: name, Body: bytes }));
    return `s3://${this.#name}/${name}`;
  }
}
