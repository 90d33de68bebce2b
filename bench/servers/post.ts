import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** POSTs JSON to 127.0.0.1 on a kept connection; fails on any answer but 200 and 201. */
export function post(
  port: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: "POST",
        agent,
        timeout: 60_000,
        headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...headers },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          answer += piece;
        });
        response.on("end", () => {
          if (response.statusCode === 200 || response.statusCode === 201) resolve();
          else reject(new Error(`POST ${path} was answered ${response.statusCode} ${answer.slice(0, 200)}`));
        });
      },
    );
    call.on("error", reject);
    call.on("timeout", () => call.destroy(new Error(`POST ${path} was not answered within 60 s`)));
    call.end(text);
  });
}
