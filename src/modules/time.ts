/** XEP-0202: Entity Time. */
import { defineModule } from "../sessions/module.ts";

const NS_TIME = "urn:xmpp:time";

export const time = defineModule({
  name: "time",
  xeps: [{ number: 202, version: "2.0" }],
  setup(host) {
    host.feature(NS_TIME);
    host.iq(
      "get",
      NS_TIME,
      "time",
      () => {
        const utc = new Date(host.now()).toISOString(); // XEP-0082: UTC, and so is the offset
        return `<time xmlns='${NS_TIME}'><tzo>+00:00</tzo><utc>${utc}</utc></time>`;
      },
      ["server"],
    );
  },
});
