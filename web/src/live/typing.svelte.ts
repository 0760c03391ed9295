/** Who is typing in a conversation: each for a few seconds after they last said so. */
import { TYPING_SECONDS, type Person } from '../protocol';

export class Typing {
  people = $state.raw<readonly Person[]>([]);
  #until = new Map<string, ReturnType<typeof setTimeout>>();

  seen(member: Person): void {
    this.stopped(member.id);
    this.people = [...this.people, member];
    this.#until.set(
      member.id,
      setTimeout(() => this.stopped(member.id), TYPING_SECONDS * 1000),
    );
  }

  /** They have posted, left, or said nothing for long enough. */
  stopped(member: string): void {
    clearTimeout(this.#until.get(member));
    this.#until.delete(member);
    if (this.people.some((person) => person.id === member))
      this.people = this.people.filter((person) => person.id !== member);
  }

  forget(): void {
    for (const timer of this.#until.values()) clearTimeout(timer);
    this.#until.clear();
    this.people = [];
  }
}
