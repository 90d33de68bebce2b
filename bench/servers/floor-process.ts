/**
 * The floor: what Node costs when nothing is decided. Canned answers to a login and canned routing of messages by a
 * plain text search; no parser, no checks, no lists. Prints its port when it listens.
 */

import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

const FEATURES =
  "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='floor'>";
const sockets = new Map<string, Socket>();

/** Paths of a certificate and its key, where STARTTLS is measured. */
const [cert, key] = process.argv.slice(2);
const secureContext =
  cert === undefined || key === undefined
    ? undefined
    : createSecureContext({ cert: readFileSync(cert), key: readFileSync(key), minVersion: "TLSv1.2" });

const server = createServer({ noDelay: true }, serve);
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

function serve(socket: Socket): void {
  let name = "";
  let rest = "";
  if (!(socket instanceof TLSSocket) && secureContext !== undefined) socket.on("data", hearStartTls);
  else socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(name));
  socket.on("data", (piece: string) => {
    const chunk = rest + piece;
    rest = "";
    if (chunk.startsWith("<message")) {
      const end = chunk.lastIndexOf("</message>") + "</message>".length;
      rest = chunk.slice(end);
      return route(name, chunk.slice(0, end));
    }
    if (chunk.startsWith("<starttls")) return;
    if (chunk.startsWith("<?xml")) socket.write(HEADER + FEATURES);
    else if (chunk.startsWith("<auth")) {
      const credentials = Buffer.from(chunk.slice(chunk.indexOf(">") + 1, chunk.indexOf("</")), "base64").toString(
        "utf8",
      );
      name = credentials.split("\0")[1] ?? "";
      sockets.set(name, socket);
      socket.write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    } else if (chunk.startsWith("<iq")) {
      const id = chunk.includes("id='bind'") ? "bind" : "roster";
      socket.write(`<iq type='result' id='${id}'/>`);
    } else if (chunk.startsWith("</")) socket.end("</stream:stream>");
  });
}

/** RFC 6120 §5.4.2.3: from here on the same inside TLS. */
function hearStartTls(this: Socket, chunk: Buffer): void {
  if (!chunk.toString("latin1").startsWith("<starttls")) return;
  this.removeAllListeners("data");
  this.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  serve(new TLSSocket(this, { isServer: true, secureContext }));
}

/** Every message of the chunk (whole messages) to its receiver with a `from`; what goes to one receiver in one write. */
function route(sender: string, chunk: string): void {
  const stamp = `<message from='${sender}@bench.test/bench'`;
  let out = "";
  let receiver = "";
  for (let start = 0; start < chunk.length; ) {
    const end = chunk.indexOf("</message>", start) + "</message>".length;
    const at = chunk.indexOf("to='", start) + "to='".length;
    const to = chunk.slice(at, chunk.indexOf("@", at));
    if (to !== receiver) {
      if (out !== "") sockets.get(receiver)?.write(out, "latin1");
      receiver = to;
      out = "";
    }
    out += stamp + chunk.slice(start + "<message".length, end);
    start = end;
  }
  sockets.get(receiver)?.write(out, "latin1");
}
