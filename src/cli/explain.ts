/** `kith explain john marie@example.com`: why john does or does not see marie, as a support person needs it. */
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { connectRunning, member, reasonOf } from "./call.ts";
import { type Command, UsageError } from "./command.ts";
import { plain } from "./plain.ts";
import { readTarget } from "./settings.ts";
import { personOf } from "./who.ts";

export const explain: Command = {
  name: "explain",
  usage: "explain NAME CONTACT [--json] [--config FILE]",
  summary: "say why a person does or does not see another one",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, json: { type: "boolean" } });
    const [name, contact, more] = positionals;
    if (name === undefined || contact === undefined || more !== undefined) {
      throw new UsageError("who sees whom? Give two names, like: kith explain john marie@example.com");
    }
    const running = await connectRunning(await readTarget(values, io));
    const { username, domain } = personOf(name, running.domains);
    const query = new URLSearchParams({ domain, user: username, contact });
    const answer = await running.call("GET", `/roster_admin/explain?${query}`);
    if (answer.status !== 200) {
      io.err(`The server refused: ${reasonOf(answer)}`);
      return 1;
    }
    io.out(values.json === true ? JSON.stringify(answer.json, undefined, 2) : inWords(answer.json));
    return 0;
  },
};

function inWords(json: unknown): string {
  const reasons = textsOf(member(json, "reasons"));
  const people = [member(json, "user"), member(json, "contact")].flatMap(problemsOf);
  return [...reasons, ...people].map(plain).join("\n");
}

function problemsOf(person: unknown): readonly string[] {
  const problems = member(person, "problems");
  if (!Array.isArray(problems)) return [];
  return problems.map((problem) => `In the list of ${member(person, "jid")}: ${member(problem, "text")}.`);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
