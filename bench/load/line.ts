import { createConnection, type Socket } from "node:net";
import { connect } from "node:tls";

/** What hears of a line. */
export interface Ends {
  /** Octets, one character each; good until the call returns. */
  onText(text: string): void;
  onClose(): void;
}

const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** The generator's socket: all of them read into one buffer, until they are secured. */
export class Line {
  #socket: Socket;
  readonly #ends: Ends;

  private constructor(socket: Socket, ends: Ends) {
    this.#socket = socket;
    this.#ends = ends;
    socket.once("close", () => ends.onClose());
  }

  static open(port: number, ends: Ends): Promise<Line> {
    return new Promise((resolve, reject) => {
      const callback = (length: number): boolean => {
        ends.onText(shared.toString("latin1", 0, length));
        return true;
      };
      const socket = createConnection({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: shared, callback } });
      const line = new Line(socket, ends);
      socket.once("connect", () => resolve(line));
      socket.on("error", (cause) => reject(cause));
    });
  }

  /** The client's side of the TLS handshake, without session resumption: every login pays for its own. */
  static openForTls(port: number, ends: Ends): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
      const line = new Line(socket, ends);
      socket.on("data", line.#onData);
      socket.once("connect", () => resolve(line));
      socket.on("error", (cause) => reject(cause));
    });
  }

  /** RFC 6120 §5.4.3.3, after `<proceed/>`. The certificate is the server's own. */
  secure(): Promise<void> {
    return new Promise((resolve, reject) => {
      const plain = this.#socket;
      plain.removeListener("data", this.#onData);
      const socket = connect({ socket: plain, rejectUnauthorized: false }, () => resolve());
      socket.on("error", (cause) => reject(cause));
      socket.on("data", this.#onData);
      this.#socket = socket;
    });
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Resolves when the socket is closed. */
  end(text: string): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.end(text);
      setTimeout(() => socket.destroy(), 2000).unref();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => this.#ends.onText(chunk.toString("latin1"));
}
