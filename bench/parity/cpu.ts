/** Common benchmark kernels for JavaScript engines: each runs long enough to be optimized, and none waits for anything. */
const random = (seed: number) => () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;

/** Objects of three shapes behind one call site, in a queue, as in richards and deltablue. */
abstract class Task {
  runs = 0;
  next: Task | undefined;
  abstract run(packet: number): number;
}
class Adder extends Task {
  run(packet: number): number {
    this.runs += 1;
    return (packet + this.runs) | 0;
  }
}
class Mixer extends Task {
  run(packet: number): number {
    this.runs += 1;
    return Math.imul(packet ^ this.runs, 0x9e37_79b1);
  }
}
class Counter extends Task {
  readonly seen = [0, 0, 0, 0];
  run(packet: number): number {
    this.runs += 1;
    this.seen[packet & 3] = (this.seen[packet & 3] ?? 0) + 1;
    return packet >> 1;
  }
}

function schedule(): number {
  const tasks: Task[] = Array.from({ length: 60 }, (_, i) => [new Adder(), new Mixer(), new Counter()][i % 3] as Task);
  for (const [i, task] of tasks.entries()) task.next = tasks[(i + 7) % tasks.length];
  let packet = 1;
  let task: Task | undefined = tasks[0];
  for (let i = 0; i < 1_500_000 && task !== undefined; i++) {
    packet = task.run(packet);
    task = task.next;
  }
  return packet;
}

/** Floating-point arithmetic in triangular loops. */
function spectralNorm(): number {
  const n = 250;
  const a = (i: number, j: number) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1);
  let u = new Float64Array(n).fill(1);
  for (let round = 0; round < 8; round++) {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) v[i] = (v[i] ?? 0) + a(i, j) * (u[j] ?? 0);
    u = v.map((value) => value / (v[0] ?? 1));
  }
  return u[1] ?? 0;
}

function fannkuch(n: number): number {
  const order = Array.from({ length: n }, (_, i) => i);
  const count = order.map(() => 0);
  let flips = 0;
  for (let i = 0; i < n; ) {
    const row = [...order];
    for (let first = row[0] ?? 0; first > 0; first = row[0] ?? 0) {
      for (let low = 0, high = first; low < high; low++, high--)
        [row[low], row[high]] = [row[high] ?? 0, row[low] ?? 0];
      flips += 1;
    }
    for (i = 1; i < n; i++) {
      order.splice(i, 0, ...order.splice(0, 1));
      count[i] = (count[i] ?? 0) + 1;
      if ((count[i] ?? 0) <= i) break;
      count[i] = 0;
    }
  }
  return flips;
}

/** The rounds of SHA-256's compression function, in integers. */
function hash(): number {
  const words = new Int32Array(64);
  let [a, b, c] = [0x6a09_e667, 0xbb67_ae85 | 0, 0x3c6e_f372];
  for (let block = 0; block < 12_000; block++) {
    for (let t = 0; t < 16; t++) words[t] = Math.imul(block + t, 0x428a_2f98);
    for (let t = 16; t < 64; t++) {
      const w = words[t - 15] ?? 0;
      words[t] = ((w >>> 7) ^ (w << 25) ^ (w >>> 3)) + (words[t - 7] ?? 0) + (words[t - 16] ?? 0);
    }
    for (let t = 0; t < 64; t++) {
      const sum = (((a >>> 6) ^ (a << 26)) + ((a & b) ^ (~a & c)) + (words[t] ?? 0)) | 0;
      [a, b, c] = [sum, a, (b << 30) | (b >>> 2)];
    }
  }
  return a ^ b ^ c;
}

const record = (i: number) => ({
  id: i,
  name: `customer ${i}`,
  tags: ["a", "b", String(i)],
  at: { x: i / 3, y: null },
});
const text = JSON.stringify(Array.from({ length: 2_000 }, (_, i) => record(i)));

function json(): number {
  let length = 0;
  for (let i = 0; i < 8; i++) length += JSON.stringify(JSON.parse(text)).length;
  return length;
}

function regex(): number {
  let found = 0;
  for (let i = 0; i < 6; i++)
    for (const [, , digits] of text.matchAll(/"(name|id)":(?:"customer )?(\d+)/g)) found += (digits ?? "").length;
  return found + text.replaceAll(/[aeiou]{1,2}(?=r)/g, "_").length;
}

function sort(): number {
  const next = random(7);
  const values = Array.from({ length: 60_000 }, () => ({ key: next(), name: String(next()) }));
  values.sort((a, b) => a.key - b.key);
  return values.toSorted((a, b) => (a.name < b.name ? -1 : 1)).length;
}

function strings(): number {
  let out = "";
  for (let i = 0; i < 120_000; i++) out += `${i.toString(36)};`;
  const counts = new Map<string, number>();
  for (const word of out.split(";")) counts.set(word.slice(-2), (counts.get(word.slice(-2)) ?? 0) + 1);
  return counts.size;
}

export function run(): number {
  return schedule() + spectralNorm() + fannkuch(8) + hash() + json() + regex() + sort() + strings();
}
