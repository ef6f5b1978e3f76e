// On every page, before anything else. What happens before Leadline's script has run (it loads without holding up the
// page) waits in a queue that the script takes over. This is its early snippet, written out; docs/snippet.md has it short.
if (!window.leadline) {
  const q = [];
  const keep = (what, given) => q.length < 50 && q.push([what, given, performance.now()]);
  const call = (name) => (...given) => keep(name, given);
  addEventListener("error", keep, true);
  addEventListener("unhandledrejection", keep);
  window.leadline = {
    q,
    event: call("event"),
    error: call("error"),
    tag: call("tag"),
    consent: call("consent"),
    off() {
      removeEventListener("error", keep, true);
      removeEventListener("unhandledrejection", keep);
    },
  };
}

// A form that says data-event="add_to_cart" records it when it is sent. The form works without this script.
document.addEventListener("submit", ({ target }) => {
  const { event, value, product } = target.dataset;
  if (event) window.leadline.event(event, { value: Number(value), product });
});
