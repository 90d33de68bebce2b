/** A password from the terminal, without showing it, or the first line of standard input. */
import { createInterface } from "node:readline";
import { type Io, UsageError } from "./command.ts";

const MOST = 4096;

/** @throws UsageError when none was given, or the two differ */
export async function askPassword(io: Io, whose: string): Promise<string> {
  if (!io.stdin.isTTY) {
    const line = await firstLine(io.stdin);
    if (line === "") throw new UsageError("no password came on standard input");
    return line;
  }
  const password = await readHidden(io, `Password for ${whose}: `);
  if (password === "") throw new UsageError("the password is empty");
  if ((await readHidden(io, "The same again: ")) !== password) throw new UsageError("the two are not the same");
  return password;
}

async function firstLine(stdin: NodeJS.ReadStream): Promise<string> {
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line.slice(0, MOST);
    return "";
  } finally {
    lines.close();
  }
}

/** Reads keys one by one: nothing is echoed, Ctrl-C ends the program as it always does. */
function readHidden(io: Io, question: string): Promise<string> {
  const { stdin, stderr } = io;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (): void => {
      stdin.off("data", onKeys);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
    };
    const onKeys = (keys: string): void => {
      for (const key of keys) {
        if (key === "\r" || key === "\n" || key === "\u0004") {
          end();
          resolve(typed);
          return;
        }
        if (key === "\u0003") {
          end();
          reject(new UsageError("interrupted"));
          return;
        }
        if (key === "\u007f" || key === "\b") typed = [...typed].slice(0, -1).join("");
        else if (typed.length < MOST) typed += key;
      }
    };
    stdin.on("data", onKeys);
  });
}
