/** `kith app-password …`: passwords for single devices. */
import { type AppPasswordDesk, openAppPasswords } from "./app-passwords.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { columns } from "./plain.ts";
import { readTarget } from "./settings.ts";
import { type Person, personOf } from "./who.ts";

interface Call {
  readonly desk: AppPasswordDesk;
  readonly words: readonly string[];
  readonly name: string | undefined;
  readonly io: Io;
}

const ACTIONS: Readonly<Record<string, (call: Call) => Promise<number>>> = { add, list, remove };

export const appPassword: Command = {
  name: "app-password",
  usage: [
    'app-password add NAME@DOMAIN --name "Phone"   prints the password, this once',
    "app-password list NAME@DOMAIN",
    "app-password remove NAME@DOMAIN ID",
  ].join("\n"),
  summary: "make, list and take back passwords for single devices",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, {
      ...CONFIG_FLAG,
      name: { type: "string" },
      storage: { type: "string" },
    });
    const [action = "", ...words] = positionals;
    const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (perform === undefined) throw new UsageError(`what about them? One of ${Object.keys(ACTIONS).join(", ")}`);
    const { config, storage, name } = values;
    const desk = await openAppPasswords(await readTarget({ config, storage }, io), io);
    try {
      return await perform({ desk, words, name, io });
    } finally {
      desk.close();
    }
  },
};

function personIn({ desk }: Call, text: string | undefined): Person {
  if (text === undefined) throw new UsageError("give an address, like john@example.com");
  return personOf(text, desk.domains);
}

async function add(call: Call): Promise<number> {
  const [address, other] = call.words;
  const person = personIn(call, address);
  if (other !== undefined) throw new UsageError('put the name in quotes: --name "John\'s phone"');
  if (call.name === undefined) throw new UsageError('name the device: --name "Phone"');
  const made = await call.desk.create(person, call.name);
  if ("problem" in made) {
    call.io.err(`${person.username}@${person.domain}: ${made.problem}`);
    return 1;
  }
  call.io.out(made.password);
  return 0;
}

async function list(call: Call): Promise<number> {
  const [address, other] = call.words;
  const person = personIn(call, address);
  if (other !== undefined) throw new UsageError("give one address");
  const all = await call.desk.list(person);
  const rows = all.map(({ id, name, created, lastUsed }) => [id, name, created, lastUsed ?? "never"]);
  for (const line of columns([["ID", "NAME", "CREATED", "LAST USED"], ...rows])) call.io.out(line);
  return 0;
}

async function remove(call: Call): Promise<number> {
  const [address, id, other] = call.words;
  const person = personIn(call, address);
  const whose = `${person.username}@${person.domain}`;
  if (id === undefined || other !== undefined) throw new UsageError(`give one id, of: kith app-password list ${whose}`);
  if (await call.desk.remove(person, id)) {
    call.io.out(`${id} of ${whose} is taken back`);
    return 0;
  }
  call.io.err(`${whose} has no app password ${id}.`);
  return 1;
}
