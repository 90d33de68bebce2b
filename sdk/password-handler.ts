/** Answers `POST <accounts.http.url>`: is this the person's password, and is there such a person? */
import { type CallerOptions, type Handler, json, problem, readPost, requireCaller } from "./answers.ts";

/** What else is known of the question. */
export interface PasswordQuestion {
  /** Of the chat: an application may serve several. */
  readonly domain: string;
  readonly request: Request;
}

export interface PasswordAnswers {
  /** The password is this person's. `false` for nobody's too: as slowly as for a wrong one, or the time tells who exists. */
  check(user: string, password: string, question: PasswordQuestion): boolean | Promise<boolean>;
  /** With `accounts.http.exists`: there is such a person, who may log in. Without it nobody is kept out for being gone. */
  exists?(user: string, question: PasswordQuestion): boolean | Promise<boolean>;
}

/**
 * A `Request → Response` for `accounts.http.url`.
 * @throws TypeError: neither secret nor token is given; and in a call: the answer is neither true nor false
 */
export function passwordHandler(answers: PasswordAnswers, options: CallerOptions): Handler {
  requireCaller(options, "passwordHandler");
  return async (request) => {
    const post = await readPost(request, options);
    if (!post.ok) return post.response;
    const { user, domain, password } = (post.payload ?? {}) as Readonly<Record<string, unknown>>;
    const isQuestion = password === undefined || typeof password === "string";
    if (typeof user !== "string" || typeof domain !== "string" || !isQuestion) {
      return problem(400, "The body is no question about a password.");
    }
    const question = { domain, request };
    if (password !== undefined) return answered(await answers.check(user, password, question));
    if (answers.exists === undefined)
      return problem(404, "Who exists is not told here: passwordHandler has no `exists`.");
    return answered(await answers.exists(user, question));
  };
}

function answered(ok: unknown): Response {
  if (typeof ok !== "boolean") throw new TypeError(`${String(ok)} is neither true nor false`);
  return json(JSON.stringify({ ok }));
}
