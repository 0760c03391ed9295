/** The small sign of each step, and of each state an exchange may be in while it is under way. */
import CalendarX from '@lucide/svelte/icons/calendar-x-2';
import Check from '@lucide/svelte/icons/check';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleX from '@lucide/svelte/icons/circle-x';
import Handshake from '@lucide/svelte/icons/handshake';
import Heart from '@lucide/svelte/icons/heart';
import Hourglass from '@lucide/svelte/icons/hourglass';
import MessageCircleWarning from '@lucide/svelte/icons/message-circle-warning';
import Pencil from '@lucide/svelte/icons/pencil';
import Scale from '@lucide/svelte/icons/scale';
import Undo from '@lucide/svelte/icons/undo-2';
import type { Component } from 'svelte';
import type { ExchangeState, ExchangeStep } from '../protocol';

const OF_STEP: Partial<Record<ExchangeStep, Component>> = {
  propose: Handshake,
  amend: Pencil,
  accept: CircleCheck,
  decline: CircleX,
  cancel: CircleX,
  finish: Check,
  confirm: Heart,
  report: CalendarX,
  object: MessageCircleWarning,
  dispute: Scale,
  settle: Scale,
  expire: Hourglass,
  release: CircleCheck,
  return: Undo,
};

const OF_STATE: Partial<Record<ExchangeState, Component>> = {
  proposed: Handshake,
  accepted: CircleCheck,
  done: Check,
  missed: CalendarX,
  disputed: Scale,
};

/** The sign of a step in the dialog. */
export function markOf(step: ExchangeStep): Component {
  return OF_STEP[step] ?? Handshake;
}

/** The sign of a state on the pinned card. */
export function markOfState(state: ExchangeState): Component {
  return OF_STATE[state] ?? Handshake;
}
