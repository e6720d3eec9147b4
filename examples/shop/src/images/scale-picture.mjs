import { readFile } from "node:fs/promises";
import path from "node:path";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";

/** A smaller copy, as JPEG, of the width asked for. */
export async function scalePicture(pictures, name, width) {
  const bytes = await readFile(path.join(pictures, name));
  const picture = path.extname(name) === ".png" ? PNG.sync.read(bytes) : jpeg.decode(bytes, { useTArray: true });
  const height = Math.max(1, Math.round((picture.height * width) / picture.width));
  return { height, bytes: jpeg.encode({ width, height, data: average(picture, width, height) }, 82).data };
}

/** Each new pixel is the mean of the old ones that it covers. */
function average({ width, height, data }, newWidth, newHeight) {
  const scaled = Buffer.alloc(newWidth * newHeight * 4);
  for (let y = 0; y < newHeight; y += 1) {
    const top = Math.floor((y * height) / newHeight);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / newHeight));
    for (let x = 0; x < newWidth; x += 1) {
      const left = Math.floor((x * width) / newWidth);
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / newWidth));
      meanOf(data, width, { left, right, top, bottom }, scaled, (y * newWidth + x) * 4);
    }
  }
  return scaled;
}

function meanOf(data, width, { left, right, top, bottom }, target, at) {
  const sums = [0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let offset = (y * width + left) * 4; offset < (y * width + right) * 4; offset += 4) {
      for (let channel = 0; channel < 4; channel += 1) sums[channel] += data[offset + channel];
    }
  }
  const pixels = (right - left) * (bottom - top);
  for (let channel = 0; channel < 4; channel += 1) target[at + channel] = sums[channel] / pixels;
}
