// A list below which one goes on typing: arrows move, Enter and Tab take, Escape closes.
import { ref, watch, type Ref } from "vue";

/** `press` says whether the key was the list's; an empty list has none but Escape. */
export function useChoice<T>(items: Ref<T[]>, take: (item: T) => void, close: () => void) {
  const chosen = ref(0);
  watch(items, () => (chosen.value = 0));

  function press(event: KeyboardEvent): boolean {
    const last = items.value.length - 1;
    const item = items.value[chosen.value];
    if (event.key === "Escape") close();
    else if (!item) return false;
    else if (event.key === "ArrowDown") chosen.value = Math.min(last, chosen.value + 1);
    else if (event.key === "ArrowUp") chosen.value = Math.max(0, chosen.value - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(item);
    else return false;
    swallow(event);
    return true;
  }

  return { chosen, press };
}

export function swallow(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}
