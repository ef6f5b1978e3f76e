import "boomerang:default-spa-errors";
BOOMR.init({
  beacon_url: bench.collector + "/v1/b",
  instrument_xhr: true,
  autorun: false,
  History: { enabled: true, auto: true },
});
bench.bought = () => BOOMR.addVar("bought", 3);
bench.tag = () => BOOMR.addVar("plan", "gold");
