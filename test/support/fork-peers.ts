import dgram from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { makeCertificates } from "./certificates.ts";

/** What a template connects to: ports of 127.0.0.1, and the path of a unix socket. */
export interface Places {
  readonly tcp: number;
  readonly tls: number;
  readonly http2: number;
  readonly udp: number;
  readonly unix: string;
}

/** Servers that send back what they receive, and record it. Those for connections record what came over each. */
export class Peers implements AsyncDisposable {
  readonly places: Places;
  /** By protocol, in the order of the connections. */
  readonly received = new Map<string, string[]>();
  /** How many connections are open now. */
  open = 0;
  readonly #folder: string;
  readonly #close: () => void;

  static async start(): Promise<Peers> {
    const folder = mkdtempSync(path.join(tmpdir(), "fork-peers-"));
    const { keyFile, certificateFile } = makeCertificates(folder);
    const certificate = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
    const peers = { echo: (_protocol: string, _socket: net.Socket) => undefined as void };
    const plain = net.createServer((socket) => peers.echo("tcp", socket));
    const secure = tls.createServer(certificate, (socket) => peers.echo("tls", socket));
    const unix = net.createServer((socket) => peers.echo("unix", socket));
    const second = http2.createSecureServer(certificate, (request, response) => request.pipe(response));
    const datagrams = dgram.createSocket("udp4");
    datagrams.on("message", (bytes, { port, address }) =>
      datagrams.send(`${String(bytes)} from ${port}`, port, address),
    );
    const file = path.join(folder, "socket");
    const ports: number[] = [];
    for (const server of [plain, secure, second]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      ports.push((server.address() as net.AddressInfo).port);
    }
    unix.listen(file);
    datagrams.bind(0, "127.0.0.1");
    await Promise.all([once(unix, "listening"), once(datagrams, "listening")]);
    const [tcp = 0, tlsPort = 0, http2Port = 0] = ports;
    const places = { tcp, tls: tlsPort, http2: http2Port, udp: datagrams.address().port, unix: file };
    const close = () => {
      for (const server of [plain, secure, second, unix]) server.close();
      datagrams.close();
    };
    const started = new Peers(places, folder, close);
    peers.echo = (protocol, socket) => started.#echo(protocol, socket);
    return started;
  }

  constructor(places: Places, folder: string, close: () => void) {
    this.places = places;
    this.#folder = folder;
    this.#close = close;
  }

  #echo(protocol: string, socket: net.Socket): void {
    const all = this.received.get(protocol) ?? [];
    this.received.set(protocol, all);
    const index = all.push("") - 1;
    this.open += 1;
    socket.on("close", () => {
      this.open -= 1;
    });
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      all[index] += bytes.toString();
      socket.write(bytes);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    rmSync(this.#folder, { recursive: true });
    await Promise.resolve();
  }
}
