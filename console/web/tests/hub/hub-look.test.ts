import { expect, test } from "vitest";

import { layerRows } from "../../src/pages/hub/layers";
import { appText, channelsText, ledText, lookText, type LedColor } from "../../src/parts/hub-look";
import { portsOf } from "../../src/parts/hub-models";
import { appOfRow, lookOfRow, type HubRow } from "../../src/parts/look-of-row";
import { appOf, lookOf, notesOf } from "../../src/report/look-of-snapshot";

const ROW: HubRow = {
  hub: "0000AA01", name: "Villa", model: "hub-2-plus", online: true, tile: "activated", second_tile: "none", star: true,
  icons: ["4g_strong", "star"], led: { color: "white", blink: false }, channels: ["ethernet", "cellular"],
  slots: { "1": { kind: "ajax", condition: "locked", profile: "active" }, "2": { kind: "empty" } }, active_sim: 1,
  signal: "weak", battery_percent: 80, mains: false, lid_open: true, powered: true, coverage: true, links: ["ethernet"],
};

test.each<[LedColor, boolean, boolean, string]>([
  ["white", false, true, "LED white"],
  ["green", true, true, "LED green, blinking"],
  ["red", false, true, "LED red"],
  ["white", true, false, "switched off"],
])("the LED %s, blinking %s, powered %s reads %s", (color, blink, powered, text) => {
  expect(ledText({ led: { color, blink }, powered })).toBe(text);
});

test("a row of the fleet is drawn as it is", () => {
  const look = lookOfRow(ROW);

  expect(look).toMatchObject({ ports: ["ethernet", "wifi"], links: ["ethernet"], mains: false, lidOpen: true, signal: "weak" });
  expect(look.slots["1"]).toMatchObject({ kind: "ajax", condition: "locked", active: true });
  expect(lookText(look)).toBe(
    "Villa: LED white; Ethernet + cellular; SIM 1: Ajax SIM, locked with a PIN, in use; SIM 2: empty; " +
      "mains disconnected; battery 80 %; lid open",
  );
});

test("a hub that is not on the bench is drawn from its channels", () => {
  const look = lookOfRow({ ...ROW, led: null, powered: null, coverage: null, links: null, mains: null });

  expect(look).toMatchObject({ led: { color: "off", blink: false }, powered: true, links: ["ethernet"], mains: true });
});

test("a hub that is switched off has no channels in its description", () => {
  expect(channelsText({ powered: false, channels: ["wifi"] })).toBe("switched off");
  expect(channelsText({ powered: true, channels: [] })).toBe("no channel");
});

test("models have the links of their data files", () => {
  expect(portsOf("hub-2-plus", [])).toEqual(["ethernet", "wifi"]);
  expect(portsOf("hub", [])).toEqual(["ethernet"]);
  expect(portsOf("my-own-model", ["wifi"])).toEqual(["ethernet", "wifi"]);
});

test("the description of the app has tile, star and icons", () => {
  expect(appText(appOfRow({ ...ROW, tile: "expires_soon", second_tile: "access_may_expire", online: false }))).toBe(
    "offline; tile Expires soon; Access to some features may expire if they are not activated; star; " +
      "icons 4G, strong signal, star",
  );
});

test("a snapshot of a report shows where hub and app differ", () => {
  const shows = { powered: true, led: "red", led_pattern: "blinking", channels: [], sims: { "1": "malfunction" }, tile: "activated", star: true, registration: "denied" };
  const app = { online: false, tile: "activation_required", star: false, icons: [] };
  const look = { shows, app, carrier: { profile: "inactive", ordered: "active" } };

  expect(lookOf("villa", "hub", look)).toMatchObject({ led: { color: "red", blink: true }, slots: { "1": { condition: "broken" } } });
  expect(appOf("villa", { shows, app: null }).online).toBeNull();
  expect(notesOf(look)).toBe("registration denied · carrier: profile inactive, active ordered · the hub itself shows activated, star");
});

test("layers are compared only where they have a value", () => {
  const layers = {
    app: { service: "active", tile: "activated", channels: ["cellular", "ethernet"], icons: ["star"] },
    shows: { service: "active", tile: "activated", channels: ["ethernet", "cellular"], icons: ["lid_open", "star"] },
    applied: { service: "activation_required", tile: "activation_required" },
    device: { reported: null, desired_version: 3 },
  };
  const rows = new Map(layerRows(layers).map((row) => [row.name, row]));

  expect(rows.get("Channels")).toMatchObject({ app: "Ethernet, cellular", reported: "–", differs: false });
  expect(rows.get("Tile")).toMatchObject({ app: "Activated", reported: "Activation required", differs: true });
  expect(rows.get("Icons")?.differs).toBe(true);
  expect(rows.get("Document version")?.differs).toBe(false);
});
