// Pictures beside the text in the box: which can be sent, and which were uploaded and not sent yet.
import { WORDS } from "../words";

export interface Picture {
  key: string;
  name: string;
  /** What an `img` shows before and after the upload. */
  preview: string;
  /** Where the buyer sees it; null until it is uploaded. */
  url: string | null;
  failure: string;
  file: File | null;
}

type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const MEGABYTE = 1024 * 1024;
export const LARGEST = 5 * MEGABYTE;
/** As many parts a reply may have, less its text. */
export const MOST = 9;
export const TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/** Why a file cannot be sent, before it is uploaded; the service looks at what is in it. */
export function findFault(file: Pick<File, "type" | "size">): string {
  if (!TYPES.includes(file.type)) return WORDS.pictures.wrongType;
  return file.size > LARGEST ? WORDS.pictures.tooLarge((file.size / MEGABYTE).toFixed(1)) : "";
}

/** The addresses of uploaded pictures that were not sent yet, by ticket: a reload loses none. */
export class KeptPictures {
  constructor(
    private readonly storage: Keep,
    private readonly agent: string,
  ) {}

  read(ticket: string): string[] {
    try {
      return JSON.parse(this.storage.getItem(this.keyOf(ticket)) ?? "[]") as string[];
    } catch {
      return [];
    }
  }

  write(ticket: string, urls: string[]): void {
    if (urls.length) this.storage.setItem(this.keyOf(ticket), JSON.stringify(urls));
    else this.storage.removeItem(this.keyOf(ticket));
  }

  private keyOf(ticket: string): string {
    return `xiaoer.pictures.${this.agent}.${ticket}`;
  }
}

export function showPicture(url: string): Picture {
  return { key: url, name: WORDS.talk.picture, preview: url, url, failure: "", file: null };
}
