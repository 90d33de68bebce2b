/** One execution of a command: which steps were taken, and what each action does. XEP-0050 §3.4, §4.1 */

import { StanzaError } from "../../xmpp/stanza/error.ts";
import type { Element } from "../../xmpp/xml/element.ts";
import { type Form, filled, readSubmitted, type Values } from "../data-forms.ts";
import type { Again, Ask, Done, Note, Step } from "./command.ts";
import { type Action, commandError } from "./wire.ts";

export type Shown =
  | {
      readonly status: "executing";
      readonly form: Form;
      readonly notes: readonly Note[];
      readonly actions: readonly Action[];
    }
  | { readonly status: "completed"; readonly form: Form | undefined; readonly notes: readonly Note[] }
  | { readonly status: "canceled" };

/** A step that was shown, with what was submitted to it. */
interface Taken {
  readonly ask: Ask;
  values: Values | undefined;
}

export class Run {
  readonly node: string;
  /** When it was last used, ms. */
  usedAt: number;
  readonly #taken: Taken[] = [];
  #isBusy = false;

  constructor(node: string, now: number) {
    this.node = node;
    this.usedAt = now;
  }

  begin(first: Step): Shown {
    return this.#show(first);
  }

  /** @throws StanzaError: nothing has changed */
  async act(action: Action, x: Element | undefined): Promise<Shown> {
    if (this.#isBusy) throw new StanzaError("unexpected-request", "The step before is being worked on.");
    const top = this.#taken.at(-1);
    if (action === "cancel" || top === undefined) return { status: "canceled" };
    const allowed = this.#actions(top.ask);
    const meant = action === "execute" ? allowed.at(-1) : action;
    if (meant === undefined || !allowed.includes(meant)) {
      throw commandError("bad-action", `Possible here: ${allowed.join(", ")}, cancel.`);
    }
    if (meant === "prev") {
      this.#taken.pop();
      return this.#again([]);
    }
    this.#isBusy = true;
    try {
      return await this.#submit(top, x);
    } finally {
      this.#isBusy = false;
    }
  }

  async #submit(top: Taken, x: Element | undefined): Promise<Shown> {
    if (x === undefined) throw commandError("bad-payload", "Send the form with it (XEP-0004).");
    const submitted = readSubmitted(x, top.ask.form);
    if (!submitted.ok) throw commandError("bad-payload", submitted.text);
    top.values = submitted.values;
    return this.#show(await top.ask.next(submitted.values));
  }

  #show(step: Step | Again | Done): Shown {
    switch (step.kind) {
      case "done":
        return { status: "completed", form: step.form, notes: step.notes };
      case "again":
        return this.#again([step.note]);
      case "ask":
        this.#taken.push({ ask: step, values: undefined });
        return this.#again([]);
    }
  }

  /** The step that is on top; XEP-0050 §2.4.2: with what was submitted to it. */
  #again(notes: readonly Note[]): Shown {
    const top = this.#taken.at(-1);
    if (top === undefined) throw new TypeError("no step to show");
    const { ask, values } = top;
    const form = values === undefined ? ask.form : filled(ask.form, values);
    return { status: "executing", form, notes, actions: this.#actions(ask) };
  }

  /** XEP-0050 §3.4: the last one is what "execute" means. */
  #actions({ isLast }: Ask): readonly Action[] {
    return [...(this.#taken.length > 1 ? (["prev"] as const) : []), isLast ? "complete" : "next"];
  }
}
