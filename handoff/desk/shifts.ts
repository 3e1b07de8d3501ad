// Handing over at the end of a shift: what waits for somebody to take it on.
import { computed, shallowRef, type Ref } from "vue";
import { api, ask, type Schemas } from "../../app/web/page/api";

export type Shift = Schemas["ShiftItem"];

const SHOWN = 10;

/** `told` hears of a colleague's handover that waits and was not known before. */
export function createShifts(me: string, shop: Ref<string>, told: (shift: Shift) => void) {
  const all = shallowRef<Shift[]>([]);
  const waiting = computed(() => all.value.filter((each) => each.accepted_by === null));
  const forMe = computed(() => waiting.value.filter((each) => each.agent !== me));

  async function load(): Promise<void> {
    if (!shop.value) return;
    const params = { path: { shop: shop.value }, query: { limit: SHOWN } };
    all.value = (await ask(api.GET("/v1/shops/{shop}/shifts", { params }))).items;
  }

  async function hear(event: Schemas["ShiftEvent"]): Promise<void> {
    if (event.shop !== shop.value) return;
    const known = new Set(all.value.map((each) => each.id));
    await load();
    const fresh = forMe.value.find((each) => each.id === event.id && !known.has(each.id));
    if (fresh) told(fresh);
  }

  async function handOver(text: string, group: Schemas["Group"] | null): Promise<Schemas["ShiftDetail"]> {
    const params = { path: { shop: shop.value } };
    const body = { id: crypto.randomUUID(), text, group };
    const given = await ask(api.POST("/v1/shops/{shop}/shifts", { params, body }));
    await load();
    return given;
  }

  async function accept(shift: Shift): Promise<Schemas["ShiftDetail"]> {
    const params = { path: { shop: shift.shop, shift_id: shift.id } };
    const taken = await ask(api.POST("/v1/shops/{shop}/shifts/{shift_id}/accept", { params }));
    await load();
    return taken;
  }

  return { all, waiting, forMe, load, hear, handOver, accept };
}
