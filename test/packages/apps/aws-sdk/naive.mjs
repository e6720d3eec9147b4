import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({
  endpoint: process.env.HTTP_URL,
  region: "none",
  forcePathStyle: true,
  credentials: { accessKeyId: "any", secretAccessKey: "any" },
});
const get = async (n) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "notes", Key: String(n) }));
  return Number(await Body.transformToString());
};
await get(1);

export default { processors: { "*": async (job) => await get(job.data.n) } };
