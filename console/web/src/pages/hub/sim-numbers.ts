// Numbers for new things on the bench: SIM cards, IMEIs, hub ids. All check digits are valid, none is a real one.
import type { CardKind } from "../../parts/hub-hands";

/** A card as the bench takes it. */
export interface NewCard {
  kind: CardKind;
  iccid: string;
  imsi: string;
}

/** The Luhn check digit (ISO/IEC 7812-1 annex B) of a row of digits. */
export function luhnDigit(digits: string): string {
  let total = 0;
  [...digits].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    total += value > 9 ? value - 9 : value;
  });
  return String((10 - (total % 10)) % 10);
}

const ICCID_DIGITS = 20;
// The issuer of Ajax cards and of others, and their networks, as in the simulator.
const PREFIX: Record<CardKind, string> = { ajax: "8988300", ordinary: "894800" };
const NETWORK: Record<CardKind, string> = { ajax: "00101", ordinary: "99999" };
const IMEI_TYPE = "352907";

/** The card with a number of at most ten digits. The same number gives the same card. */
export function makeCard(kind: CardKind, number: number): NewCard {
  const prefix = PREFIX[kind];
  const body = prefix + String(number).padStart(ICCID_DIGITS - 1 - prefix.length, "0");
  return { kind, iccid: body + luhnDigit(body), imsi: NETWORK[kind] + String(number).padStart(10, "0") };
}

/** The IMEI with a number of at most eight digits. */
export function makeImei(number: number): string {
  const body = IMEI_TYPE + String(number).padStart(8, "0");
  return body + luhnDigit(body);
}

/** A random number with this many decimal digits at most, from 1. */
export function randomNumber(digits: number): number {
  const [value = 1] = crypto.getRandomValues(new Uint32Array(1));
  return 1 + (value % (10 ** Math.min(digits, 9) - 1));
}

/** A random hub id: 8 hex digits. */
export function randomHubId(): string {
  return randomNumber(9).toString(16).toUpperCase().padStart(8, "0");
}
