// Short notices at the edge of the desk; a screen reader says them.
import { ref } from "vue";

export interface Toast {
  id: number;
  text: string;
  warns: boolean;
  action?: { label: string; run: () => unknown };
}

const SHOWN_MS = 5_000;
const MOST = 3;

export function createToasts() {
  const shown = ref<Toast[]>([]);
  let count = 0;

  function add(toast: Omit<Toast, "id">, milliseconds: number): void {
    const id = ++count;
    shown.value = [...shown.value.filter((each) => each.text !== toast.text), { ...toast, id }].slice(-MOST);
    window.setTimeout(() => {
      dismiss(id);
    }, milliseconds);
  }

  function show(text: string, action?: Toast["action"], milliseconds = SHOWN_MS): void {
    add({ text, warns: false, ...(action ? { action } : {}) }, milliseconds);
  }

  function warn(text: string): void {
    add({ text, warns: true }, SHOWN_MS + 3_000);
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((each) => each.id !== id);
  }

  return { shown, show, warn, dismiss };
}
