import "boomerang:minimal";
BOOMR.init({ beacon_url: bench.collector + "/v1/b" });
bench.bought = () => BOOMR.addVar("bought", 3);
bench.tag = () => BOOMR.addVar("plan", "gold");
