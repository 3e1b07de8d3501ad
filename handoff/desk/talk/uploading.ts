// Uploads pictures as soon as they are chosen; they are sent with the next reply.
import { computed, ref, type Ref } from "vue";
import { api, ask, sentenceOf } from "../../../app/web/page/api";
import { WORDS } from "../words";
import { findFault, MOST, showPicture, type KeptPictures, type Picture } from "./pictures";

export type Pictures = ReturnType<typeof createPictures>;

/** `warn` says why a picture is not taken. */
export function createPictures(kept: KeptPictures, ticket: Ref<string | null>, warn: (text: string) => void) {
  const all = ref<Record<string, Picture[]>>({});
  const own = computed(() => (ticket.value ? (all.value[ticket.value] ?? []) : []));
  const uploading = computed(() => own.value.some((each) => each.url === null && !each.failure));
  const ready = computed(() => own.value.map((each) => each.url).filter((url) => url !== null));

  function load(): void {
    const id = ticket.value;
    if (id && !all.value[id]) put(id, kept.read(id).map(showPicture));
  }

  function add(files: Iterable<File>): void {
    const id = ticket.value;
    if (!id) return;
    for (const file of files) {
      const fault = own.value.length >= MOST ? WORDS.pictures.tooMany(MOST) : findFault(file);
      if (fault) warn(fault);
      else void take(id, file);
    }
  }

  async function take(id: string, file: File): Promise<void> {
    const key = crypto.randomUUID();
    const picture: Picture = { key, name: file.name, preview: "", url: null, failure: "", file };
    put(id, [...(all.value[id] ?? []), picture]);
    const preview = await readFile(file);
    change(id, key, { preview });
    await upload(id, key, file);
  }

  async function upload(id: string, key: string, file: File): Promise<void> {
    change(id, key, { failure: "" });
    try {
      const call = api.POST("/v1/handoffs/{handoff_id}/uploads", {
        params: { path: { handoff_id: id } },
        body: file as unknown as string, // the document has no type for bytes
        bodySerializer: (body) => body,
        headers: { "content-type": file.type },
      });
      change(id, key, { url: (await ask(call)).url });
    } catch (error) {
      change(id, key, { failure: sentenceOf(error) });
    }
  }

  function again(picture: Picture): void {
    if (ticket.value && picture.file) void upload(ticket.value, picture.key, picture.file);
  }

  function remove(key: string): void {
    if (ticket.value) put(ticket.value, own.value.filter((each) => each.key !== key));
  }

  /** Takes those out that can be sent now. */
  function takeReady(): string[] {
    const urls = ready.value;
    if (ticket.value) put(ticket.value, own.value.filter((each) => each.url === null));
    return urls;
  }

  function giveBack(id: string, urls: string[]): void {
    put(id, [...urls.map(showPicture), ...(all.value[id] ?? kept.read(id).map(showPicture))]);
  }

  function change(id: string, key: string, changed: Partial<Picture>): void {
    put(id, (all.value[id] ?? []).map((each) => (each.key === key ? { ...each, ...changed } : each)));
  }

  function put(id: string, pictures: Picture[]): void {
    all.value = { ...all.value, [id]: pictures };
    kept.write(id, pictures.map((each) => each.url).filter((url) => url !== null));
  }

  return { own, uploading, ready, load, add, again, remove, takeReady, giveBack };
}

/** The file as an address that the page's policy lets an `img` show. */
function readFile(file: File): Promise<string> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(typeof reader.result === "string" ? reader.result : "");
    };
    reader.onerror = () => {
      resolve("");
    };
    reader.readAsDataURL(file);
  });
}
