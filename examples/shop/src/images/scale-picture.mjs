import { readFile } from "node:fs/promises";
import path from "node:path";
import { decode as decodeJpeg } from "jpeg-js";
import { PNG } from "pngjs";

/** A smaller copy with the requested width, as PNG. */
export async function scalePicture(pictures, name, width) {
  const bytes = await readFile(path.join(pictures, name));
  const picture = path.extname(name) === ".png" ? PNG.sync.read(bytes) : decodeJpeg(bytes, { useTArray: true });
  const height = Math.max(1, Math.round((picture.height * width) / picture.width));
  const scaled = new PNG({ width, height });
  scaled.data = average(picture, width, height);
  return { height, bytes: PNG.sync.write(scaled) };
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
      for (let channel = 0; channel < 4; channel += 1) {
        let sum = 0;
        for (let row = top; row < bottom; row += 1) {
          for (let column = left; column < right; column += 1) sum += data[(row * width + column) * 4 + channel];
        }
        scaled[(y * newWidth + x) * 4 + channel] = sum / ((right - left) * (bottom - top));
      }
    }
  }
  return scaled;
}
