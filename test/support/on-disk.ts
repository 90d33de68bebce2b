/** What a server's storage takes, to see that nothing was written. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Rows of every table, and the size in octets of every file in the folder. */
export function onDisk(folder: string): unknown {
  const database = new DatabaseSync(join(folder, "kith.sqlite"), { readOnly: true });
  const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all();
  const rows = tables.map(({ name }) => [name, database.prepare(`select count(*) as n from "${name}"`).get()?.["n"]]);
  database.close();
  return { rows, files: readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]) };
}
