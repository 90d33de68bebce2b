import { type Contact, contact, type Person } from "../load/people.ts";
import type { Change } from "../servers/server.ts";

/** Contacts of each person, half on either side. */
export const LIST = 20;
/** People sit in circles of this size; everybody has the ten next ones on either side. */
const CIRCLE = 40;

/** The two states of the lists between which the refresh rows go back and forth; both sides of each pair always agree. */
export type State = "before" | "after";

/** `count` people (a multiple of 40), all with lists of 20 of the others. */
export function circlePeople(count: number, state: State): Person[] {
  return Array.from({ length: count }, (_, index) => ({ name: `circle${index}`, contacts: listOf(index, state) }));
}

/**
 * What changes for a person on the way to `state`: one contact added (across the circle), one removed (the next
 * neighbour), one renamed (two seats on).
 */
export function changeOf(index: number, state: State): Change {
  const [near, far] = [contactAt(index, nearSeat(index)), contactAt(index, farSeat(index))];
  const renamed = contactAt(index, seatOf(index) + 2, state);
  const person = `circle${index}`;
  if (state === "after") return { person, put: [far, renamed], drop: [near.jid] };
  return { person, put: [near, renamed], drop: [far.jid] };
}

function listOf(index: number, state: State): Contact[] {
  const seat = seatOf(index);
  const seats: number[] = [];
  for (let distance = 1; distance <= LIST / 2; distance += 1) seats.push(seat + distance, seat - distance + CIRCLE);
  const gone = nearSeat(index);
  const kept = state === "before" ? seats : seats.filter((other) => other % CIRCLE !== gone);
  const list = kept.map((other) => contactAt(index, other, other === seat + 2 ? state : "before"));
  if (state === "after") list.push(contactAt(index, farSeat(index)));
  return list;
}

function contactAt(index: number, seat: number, state: State = "before"): Contact {
  const name = `circle${index - seatOf(index) + (seat % CIRCLE)}`;
  return contact(name, state === "before" ? `Contact ${name}` : `Renamed ${name}`);
}

function seatOf(index: number): number {
  return index % CIRCLE;
}

/** Seats 0 and 1, 2 and 3, … lose each other. */
function nearSeat(index: number): number {
  return seatOf(index) ^ 1;
}

/** Seats 0 and 20, 1 and 21, … find each other. */
function farSeat(index: number): number {
  return (seatOf(index) + CIRCLE / 2) % CIRCLE;
}
