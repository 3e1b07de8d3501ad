// Of a long list of rows of one height, those in sight and some beside them: 2,000 conversations stay light.
import { computed, onBeforeUnmount, onMounted, ref, type Ref } from "vue";

export const ROW_HEIGHT = 62;
const BESIDE = 6;

/** The places that are drawn, `to` not among them. */
export function placesInSight(count: number, top: number, height: number): { from: number; to: number } {
  const from = Math.max(0, Math.floor(top / ROW_HEIGHT) - BESIDE);
  const to = Math.min(count, Math.ceil((top + height) / ROW_HEIGHT) + BESIDE);
  return { from: Math.min(from, to), to };
}

/** Where to scroll so that the row is in sight: nowhere if it is. */
export function topFor(place: number, top: number, height: number): number {
  const begin = place * ROW_HEIGHT;
  if (begin < top) return begin;
  return Math.max(top, begin + ROW_HEIGHT - height);
}

export function useDrawn(scroller: Ref<HTMLElement | null>, count: Ref<number>) {
  const top = ref(0);
  const height = ref(0);
  const places = computed(() => {
    const { from, to } = placesInSight(count.value, top.value, height.value);
    return Array.from({ length: to - from }, (_, step) => from + step);
  });

  function measure(): void {
    top.value = scroller.value?.scrollTop ?? 0;
    height.value = scroller.value?.clientHeight ?? 0;
  }

  function show(place: number): void {
    measure();
    if (scroller.value && height.value) scroller.value.scrollTop = topFor(place, top.value, height.value);
  }

  const resized = new ResizeObserver(measure);
  onMounted(() => {
    if (scroller.value) resized.observe(scroller.value);
    measure();
  });
  onBeforeUnmount(() => {
    resized.disconnect();
  });

  return { places, measure, show };
}
