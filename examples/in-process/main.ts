/** `node examples/in-process/main.ts`, then connect a client by WebSocket to ws://127.0.0.1:3000/xmpp-websocket. */
import { start } from "./server.ts";

const app = await start(3000);
for (const name of ["john", "marie", "aaron"]) await app.kith.users.add(`${name}@localhost`, "secret");
console.log("http://127.0.0.1:3000 tells who is here; john, marie and aaron have the password secret");
process.once("SIGINT", () => void app.close());
