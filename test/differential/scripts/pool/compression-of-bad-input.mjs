import zlib from "node:zlib";

zlib.gunzip(Buffer.from("not gzip"), (error) => console.log(error.code, error.errno, error.message));
