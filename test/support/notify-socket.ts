import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Node has no datagrams of unix sockets. Prints each datagram on one line; the first line says that it listens. */
const receiver = `
use Socket;
my ($name) = @ARGV;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, pack_sockaddr_un($name =~ s/^@/\\0/r)) or die $!;
chmod 0777, $name;
$| = 1;
print "listens\\n";
while (defined recv($socket, my $text, 8192, 0)) { $text =~ s/\\n/;/g; print "$text\\n"; }
`;

/** A service manager's end of sd_notify(3). `name` as in NOTIFY_SOCKET. */
export class NotifySocket implements AsyncDisposable {
  readonly name: string;
  readonly #process: ChildProcess;
  #output = "";

  static async listen(name: string): Promise<NotifySocket> {
    const socket = new NotifySocket(name);
    await once(socket.#process.stdout ?? socket.#process, "data");
    return socket;
  }

  constructor(name: string) {
    this.name = name;
    this.#process = spawn("perl", ["-e", receiver, name], { stdio: ["ignore", "pipe", "inherit"] });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
  }

  /** What has arrived, each datagram with `;` for its line breaks. */
  get messages(): string[] {
    return this.#output.split("\n").slice(1, -1);
  }

  /** The messages about states, without those that repeat: of a watchdog, and the status line. */
  get states(): string[] {
    return this.messages.filter((message) => !/^(?:WATCHDOG|STATUS)=/.test(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}
