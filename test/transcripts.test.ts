/** Every transcript, over every transport. */
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { play } from "./support/play.ts";
import { readTranscript } from "./support/transcript.ts";
import { startWorld, type Transport } from "./support/world.ts";

const FOLDER = new URL("./transcripts/", import.meta.url);
const TRANSPORTS: readonly Transport[] = ["tcp", "tls", "websocket"];

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".txt"))) {
  const transcript = readTranscript(readFileSync(new URL(file, FOLDER), "utf8"));
  for (const over of TRANSPORTS) {
    test(`${transcript.title} (${file}, ${over})`, async () => {
      await using world = await startWorld();
      await play(transcript, world, over);
    });
  }
}
