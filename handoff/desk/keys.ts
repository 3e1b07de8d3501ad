// Keys by their place on the keyboard (`event.code`), so that they work inside the box and with any input method.

export interface Command {
  id: string;
  label: string;
  /** As in "Alt+KeyN", "Control+Alt+KeyE", "Shift+Slash"; none for what only the palette runs. */
  keys?: string;
  /** Not while typing. */
  outsideText?: boolean;
  available?: () => boolean;
  run: () => unknown;
}

/** `keyCode` is the only sign, in some browsers, that an Enter ends a composition. */
export type Composing = Pick<KeyboardEvent, "isComposing"> & { keyCode: number };
export type KeyPress = Pick<KeyboardEvent, "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">;

const NAMES: Record<string, string> = { Control: "Ctrl", Slash: "/", Escape: "Esc" };
const INPUT_METHOD = 229;

/** Whether an input method is at work, which owns every key until it is done. */
export function isComposing(event: Composing): boolean {
  return event.isComposing || event.keyCode === INPUT_METHOD;
}

export function matchesKeys(keys: string, press: KeyPress): boolean {
  const parts = keys.split("+");
  const code = parts.pop();
  return (
    press.code === code &&
    press.altKey === parts.includes("Alt") &&
    (press.ctrlKey || press.metaKey) === parts.includes("Control") &&
    press.shiftKey === parts.includes("Shift")
  );
}

/** Alt N, Ctrl Alt E, ?. */
export function nameKeys(keys: string): string {
  if (keys === "Shift+Slash") return "?";
  return keys
    .split("+")
    .map((part) => NAMES[part] ?? part.replace(/^(Key|Digit)/, ""))
    .join(" ");
}

export function findCommand(commands: Command[], press: KeyPress, inText: boolean): Command | null {
  return (
    commands.find(
      (each) =>
        each.keys &&
        matchesKeys(each.keys, press) &&
        !(inText && each.outsideText) &&
        (each.available?.() ?? true),
    ) ?? null
  );
}
