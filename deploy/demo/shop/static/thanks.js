// The sale, told once per order: a reload of this page is not a second sale.
const { order, value } = document.querySelector("#sold").dataset;

if (sessionStorage.getItem("sold") !== order) {
  sessionStorage.setItem("sold", order);
  window.leadline.event("checkout_completed", { value: Number(value) });
}
