"""Logs in with STARTTLS as a person would, prints what it sees as JSON lines, and ends when told by standard input."""
import asyncio
import json
import ssl
import sys

import slixmpp


def say(**fields):
    print(json.dumps(fields), flush=True)


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, managed):
        super().__init__(jid, password)
        self.managed = managed
        self.ssl_context = ssl.create_default_context()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.register_plugin("xep_0280")
        for way in ("received", "sent"):
            self.add_event_handler(f"carbon_{way}", lambda m, way=way: self.carbon(way, m))
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("failed_auth", lambda _: say(event="failed"))
        self.add_event_handler("message", lambda m: say(event="message", sender=m["from"].bare, body=m["body"]))
        self.add_event_handler("got_online", lambda p: say(event="online", jid=p["from"].full))
        self.add_event_handler("got_offline", lambda p: say(event="offline", jid=p["from"].full))
        self.add_event_handler("roster_update", self.roster_update)
        if managed:  # XEP-0198
            self.register_plugin("xep_0198")
            self.add_event_handler("session_resumed", lambda _: say(event="resumed", jid=self.boundjid.full))
            self.add_event_handler("disconnected", lambda _: say(event="cut"))

    async def start(self, _):
        await self.get_roster()
        self.send_presence()
        say(event="ready", jid=self.boundjid.full, tls=self.transport.get_extra_info("ssl_object").version())

    async def carbons(self):
        features = (await self["xep_0030"].get_info(jid=self.boundjid.domain))["disco_info"]["features"]
        await self["xep_0280"].enable()
        say(event="carbons", told="urn:xmpp:carbons:2" in features)

    def carbon(self, way, message):
        inner = message[f"carbon_{way}"]
        say(event="carbon", way=way, by=message["from"].full, sender=inner["from"].full, to=inner["to"].full,
            id=inner["id"], body=inner["body"])

    def roster_update(self, iq):
        items = {str(jid): dict(name=item["name"], groups=item["groups"], subscription=item["subscription"])
                 for jid, item in iq["roster"]["items"].items()}
        say(event="roster", items=items)


def obey(client, line, address):
    command = json.loads(line)
    if command["do"] == "send":
        client.send_message(mto=command["to"], mbody=command["body"], mtype="chat")
    elif command["do"] == "connect":
        client.connect(address)
    elif command["do"] == "carbons":
        asyncio.ensure_future(client.carbons(), loop=client.loop)
    elif command["do"] == "quit":
        if client.managed:
            client.add_event_handler("disconnected", lambda _: client.loop.stop())
        client.disconnect()


def main():
    jid, password, host, port = sys.argv[1:5]
    managed = sys.argv[5:] == ["managed"]
    address = (host, int(port))
    asyncio.set_event_loop(asyncio.new_event_loop())
    client = Client(jid, password, managed)
    client.connect(address)
    loop = client.loop
    loop.add_reader(sys.stdin, lambda: obey(client, sys.stdin.readline(), address))
    if managed:
        loop.run_forever()
    else:
        loop.run_until_complete(client.disconnected)


main()
