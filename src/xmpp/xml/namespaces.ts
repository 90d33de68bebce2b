/** Namespaces in XML 1.0: what each prefix and the absence of one means at the place being read. */

export const NS_XML = "http://www.w3.org/XML/1998/namespace";
export const NS_XMLNS = "http://www.w3.org/2000/xmlns/";

/** The bindings in force around a top-level element, kept with it until it is turned into a tree. */
export interface Scope {
  readonly defaultNs: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

export const EMPTY_SCOPE: Scope = { defaultNs: "", prefixes: new Map() };

interface Binding {
  readonly ns: string;
  /** Level of the element that declares it. */
  readonly level: number;
}

interface Undo {
  readonly level: number;
  readonly prefix: string;
  readonly before: Binding | undefined;
}

export class Namespaces {
  private readonly defaults: string[] = [""];
  private readonly bindings = new Map<string, Binding | undefined>();
  private readonly undo: Undo[] = [];
  private level = 0;
  /** Some prefixes in `bindings` are not bound any more. */
  private unbound = false;
  private around: Scope | undefined;

  /** An element opens: levels count from 1. */
  enter(): void {
    const inherited = this.defaults[this.level] as string;
    this.defaults[++this.level] = inherited;
  }

  leave(): void {
    this.defaults[this.level] = "";
    const level = this.level--;
    for (let change = this.undo.at(-1); change !== undefined && change.level === level; change = this.undo.at(-1)) {
      this.undo.pop();
      this.bindings.set(change.prefix, change.before);
      if (change.before === undefined) this.unbound = true;
    }
    if (this.unbound && level <= 2) this.sweep();
  }

  /** Deleting at once would have the table rebuilt again and again where thousands come and go. */
  private sweep(): void {
    for (const [prefix, binding] of this.bindings) if (binding === undefined) this.bindings.delete(prefix);
    this.unbound = false;
  }

  clear(): void {
    while (this.level > 0) this.leave();
  }

  /** Begins inside `scope`, as if its bindings had been declared outside. */
  begin(scope: Scope): void {
    this.clear();
    if (this.around === scope) return;
    this.around = scope;
    this.defaults[0] = scope.defaultNs;
    this.bindings.clear();
    for (const [prefix, ns] of scope.prefixes) this.bindings.set(prefix, { ns, level: 0 });
  }

  /** The default namespace at this place. */
  get defaultNs(): string {
    return this.defaults[this.level] as string;
  }

  /** False: Namespaces in XML 1.0 §3 forbids it. */
  declareDefault(ns: string): boolean {
    if (ns === NS_XML || ns === NS_XMLNS) return false;
    this.defaults[this.level] = ns;
    return true;
  }

  /** False: Namespaces in XML 1.0 §3 and §5 forbid it. */
  declare(prefix: string, ns: string): boolean {
    if (prefix === "xml") return ns === NS_XML;
    if (prefix === "xmlns" || ns === "" || ns === NS_XML || ns === NS_XMLNS) return false;
    this.undo.push({ level: this.level, prefix, before: this.bindings.get(prefix) });
    this.bindings.set(prefix, { ns, level: this.level });
    return true;
  }

  resolve(prefix: string): string | undefined {
    return prefix === "xml" ? NS_XML : this.bindings.get(prefix)?.ns;
  }

  /** The level of the element that declares the prefix, for one that resolves. */
  declaredAt(prefix: string): number {
    return prefix === "xml" ? Number.POSITIVE_INFINITY : (this.bindings.get(prefix)?.level ?? 0);
  }

  /** A copy of everything in force. */
  scope(): Scope {
    const prefixes = new Map<string, string>();
    for (const [prefix, binding] of this.bindings) if (binding !== undefined) prefixes.set(prefix, binding.ns);
    return { defaultNs: this.defaultNs, prefixes };
  }
}
