import sharp from "sharp";

const width = async (n) => {
  const png = await sharp({ create: { width: n + 10, height: 10, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  return (await sharp(png).blur().metadata()).width - 10;
};

export default { processors: { "*": async (job) => await width(job.data.n) } };
