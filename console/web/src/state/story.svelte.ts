// The story of the demo: which step is shown, what was done, and the way back. The step is in the address.
import { Refused, Unreachable } from "../api/client";
import { place } from "./place.svelte";
import { parse, route } from "./route.svelte";
import { perform, saveAgain, StoryTrouble, type Outcome } from "./story_actions";
import type { StoryChapter, StoryData, StoryStep } from "./story_types";
import { toasts, wordsOf } from "./toasts.svelte";
import { world } from "./world.svelte";

/** The audience sees the page for this long, in ms, before the step changes it. A second key does it at once. */
const BEFORE_ACT_MS = 900;
const SEED = "demo";
const STORE = "hubsim.story";
const STORE_BY_HAND = "hubsim.story.manually";

export type StepPhase = "shown" | "acting" | "done" | "refused";

class Story {
  data = $state<StoryData | null>(null);
  phase = $state<StepPhase>("done");
  /** Why the step could not be done. */
  trouble = $state("");
  /** The verdict of the play of the step. */
  outcome = $state<Outcome | null>(null);
  /** The presenter acts; the keys only lead through the story. */
  byHand = $state(sessionStorage.getItem(STORE_BY_HAND) === "1");
  busy = $state(false);
  /** The number of steps that were done, also those that are no longer shown. */
  reached = $state(Number(sessionStorage.getItem(STORE) ?? "0"));
  #acting: ReturnType<typeof setTimeout> | null = null;
  /** The index of the step that was shown last. */
  #shown = -1;

  readonly chapters = $derived(this.data?.chapters ?? []);
  readonly steps = $derived(this.chapters.flatMap((chapter) => chapter.steps));
  /** The index of the step that is shown; -1: the story is not shown. */
  readonly index = $derived(this.steps.findIndex(({ id }) => id === route.query.step));
  readonly step = $derived<StoryStep | null>(this.steps[this.index] ?? null);
  readonly chapter = $derived<StoryChapter | null>(
    this.chapters.find(({ steps }) => steps.some(({ id }) => id === this.step?.id)) ?? null,
  );

  /** The index of the first step of a chapter. */
  firstOf(chapter: StoryChapter): number {
    return this.steps.findIndex(({ id }) => id === chapter.steps[0]?.id);
  }

  /** Read the story; a server without one has an empty story. */
  async load(): Promise<void> {
    if (this.data !== null) return;
    const response = await fetch("/console/story.json").catch(() => null);
    if (response?.ok) this.data = (await response.json()) as StoryData;
  }

  /** Show the next step and do it; a step that waits for its moment is done at once. */
  async next(): Promise<void> {
    if (this.busy) return;
    if (this.#acting !== null) return this.act();
    if (this.index + 1 < this.steps.length) await this.#enter(this.index + 1);
  }

  /** Show the step before again; the world stays as it is. */
  back(): void {
    if (this.busy || this.index < 1) return;
    this.#hold();
    this.phase = "done";
    this.#show(this.index - 1);
  }

  /** Do the step that is shown. */
  async act(): Promise<void> {
    this.#hold();
    const { step, index } = this;
    if (step === null || this.busy) return;
    await this.#guarded(async () => {
      this.phase = "acting";
      for (const action of step.do) this.outcome = (await perform(action, step.person)) ?? this.outcome;
      await world.settled();
      this.#reach(index + 1);
      this.phase = "done";
    });
  }

  /** Return to the world of the demo as it was at first. The saved beginnings of chapters belong to the old one. */
  async startOver(): Promise<void> {
    this.#hold();
    this.phase = "done";
    await this.#guarded(async () => {
      await world.reset(SEED);
      for (const chapter of this.chapters.filter((one) => this.canReturn(one))) await world.forget(snapshotOf(chapter));
      this.#reach(0);
    });
  }

  /** Whether the story was begun in this world, also in another tab: its first moment was saved. */
  get begun(): boolean {
    const first = this.chapters[0];
    return this.reached > 0 || (first !== undefined && this.canReturn(first));
  }

  /** Begin the story at its first step; a world in which it was begun before starts again. */
  async begin(): Promise<void> {
    if (this.begun) await this.startOver();
    if (this.phase !== "refused") await this.next();
  }

  /** Do all steps before a chapter without showing them, then show its first one. */
  async playUpTo(chapter: StoryChapter): Promise<void> {
    const target = this.firstOf(chapter);
    this.#hold();
    if (this.reached === 0 && this.begun) await this.startOver();
    await this.#guarded(async () => {
      for (let index = this.reached; index < target; index++) {
        const step = this.steps[index];
        if (!step) break;
        await this.#mark(index);
        for (const action of step.do) if (action.kind !== "language") await perform(action, step.person);
        await world.settled();
        this.#reach(index + 1);
      }
    });
    if (this.phase !== "refused") await this.#enter(target);
  }

  /** Whether the world can go back to the beginning of a chapter: it was saved there. */
  canReturn(chapter: StoryChapter): boolean {
    return world.snapshots.some(({ name }) => name === snapshotOf(chapter));
  }

  /** Restore the world as it was at the beginning of a chapter, and show it. */
  async returnTo(chapter: StoryChapter): Promise<void> {
    this.#hold();
    await this.#guarded(async () => {
      await world.restore(snapshotOf(chapter));
      this.#reach(this.firstOf(chapter));
    });
    if (this.phase !== "refused") await this.#enter(this.firstOf(chapter));
  }

  /** Have the presenter act, or the console. */
  setByHand(byHand: boolean): void {
    this.byHand = byHand;
    sessionStorage.setItem(STORE_BY_HAND, byHand ? "1" : "0");
  }

  /** Follow the address after a reload, Back or Forward: a step of this tab that was not done yet still waits. */
  follow(): void {
    if (this.index === this.#shown || this.busy) return;
    this.#hold();
    this.#shown = this.index;
    const waits = this.reached > 0 && this.index >= this.reached;
    this.phase = waits ? "shown" : "done";
    if (waits) this.#startActing();
  }

  /** Leave the story; the page stays. */
  leave(): void {
    this.#hold();
    route.set({ step: "" });
  }

  async #enter(index: number): Promise<void> {
    toasts.clear();
    this.outcome = null;
    this.trouble = "";
    this.phase = index < this.reached ? "done" : "shown";
    if (index >= this.reached) await this.#guarded(() => this.#mark(index));
    this.#show(index);
    const step = this.steps[index];
    if (this.phase !== "shown" || !step) return;
    if (!step.do.length) {
      this.#reach(index + 1);
      this.phase = "done";
    } else this.#startActing();
  }

  #startActing(): void {
    if (!this.byHand) this.#acting = setTimeout(() => void this.act(), BEFORE_ACT_MS);
  }

  /** Save the world at the beginning of a chapter. */
  async #mark(index: number): Promise<void> {
    const chapter = this.chapters.find((one) => this.firstOf(one) === index);
    if (chapter) await saveAgain(snapshotOf(chapter));
  }

  #show(index: number): void {
    const step = this.steps[index];
    if (!step) return;
    this.#shown = index;
    const person: Record<string, string> = step.person === null ? {} : { as: step.person.email, company: step.person.company ?? "" };
    const { path, query } = parse(step.page);
    route.go(path, { ...query, ...person, step: step.id });
  }

  #reach(count: number): void {
    this.reached = count;
    sessionStorage.setItem(STORE, String(count));
  }

  #hold(): void {
    if (this.#acting !== null) clearTimeout(this.#acting);
    this.#acting = null;
  }

  async #guarded(doing: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.trouble = "";
    try {
      await doing();
    } catch (error) {
      if (!(error instanceof StoryTrouble || error instanceof Refused || error instanceof Unreachable)) throw error;
      this.phase = "refused";
      this.trouble = error instanceof StoryTrouble ? error.message : Object.values(wordsOf(error)).filter(Boolean).join(" – ");
    } finally {
      this.busy = false;
    }
  }
}

/** The name of the snapshot at the beginning of a chapter, in the world that is shown. */
function snapshotOf(chapter: StoryChapter): string {
  return ["story", place.world, chapter.id].filter(Boolean).join("-");
}

export const story = new Story();
