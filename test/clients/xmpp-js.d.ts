/** The part of xmpp.js that the tests use; the package ships no types. */
declare module "@xmpp/client" {
  export interface XmlElement {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
    is(name: string, ns?: string): boolean;
    getChild(name: string, ns?: string): XmlElement | undefined;
    getChildren(name: string): XmlElement[];
    getChildText(name: string): string | null;
  }
  export interface FastToken {
    readonly mechanism: string;
    readonly token: string;
    readonly expiry: string;
  }
  export interface XmppJsClient {
    readonly jid: { toString(): string };
    readonly iqCaller: { get(element: XmlElement, to?: string): Promise<XmlElement> };
    readonly reconnect: { stop(): void };
    readonly streamManagement: NodeJS.EventEmitter;
    readonly bind2: { use(ns: string, ask: () => XmlElement): void };
    readonly fast: { saveToken(token: FastToken): Promise<void> };
    on(event: "stanza" | "send", listener: (stanza: XmlElement) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    send(element: XmlElement): Promise<void>;
  }
  export function client(options: {
    service: string;
    domain: string;
    username?: string;
    password?: string;
    credentials?: object;
    userAgent?: XmlElement;
    resource?: string;
  }): XmppJsClient;
  export function xml(name: string, attrs?: Record<string, string>, ...children: (XmlElement | string)[]): XmlElement;
}
