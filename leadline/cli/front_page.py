"""The text of `leadline --help`: the first thing a newcomer reads, and the only help without slow imports.

A test compares it with the commands that exist.
"""

from __future__ import annotations

FRONT_PAGE = """\
Leadline: testing in production. Journeys in a real browser, beacons from real users, compared per version.

Usage: leadline COMMAND [-c FILE] [OPTIONS]       leadline COMMAND --help explains one, with examples

Start here:
  leadline init shop https://shop.example        write leadline.toml and a working journey for that page
  leadline run journeys/shop.py                  run it once and watch its steps
  leadline up                                    run everything on this machine; page on failures

Set up
  init         write a commented leadline.toml and a first journey
  record       Playwright's recorder, written as a journey
  validate     check configuration, journeys and targets without starting anything; --send tries each target
  snippet      the script tag and the web server's line; `snippet verify URL` says why nothing arrives
  schema       the JSON Schema of leadline.toml, for your editor

Run
  up           all services on this machine, restarted when they die
  run          one journey, once, with its steps as they happen
  collector    one service: receives beacons
  scheduler    one service: runs journeys and checks, pages
  store        one service: loads beacons and results, answers figures and SQL
  web          one service: dashboard, API

Look
  status       running services, open incidents, next runs
  vitals       p50, p75, p95 per version with intervals, errors, KPIs
  verdict      whether this canary may go on, and why; also as exit code
  plan         how big an effect a canary can show with this traffic, and by when
  incidents    open and past incidents
  notifications
               who was paged, when, and whether it arrived: one line per incident, transition and target
  budget       how much of each error budget is left, and how fast it burns
  slo          objectives and their alerts; OpenSLO import and export
  doctor       how ready each app is for tests in production, and the next step
  dora         how each app delivers: frequency, lead time, failures, recovery
  drops        beacons that were not kept, by reason
  sql          one read-only query over all measured data

Keep
  export       the tables as folders of Parquet, for other tools or another home
  import       such folders into the store, checked before anything is written
  backup       the home's data in one file, while everything runs
  restore      such a file into an empty home, verified
  retention    what is kept, for how long, and what is due for removal

Act
  ack          acknowledge an incident: everyone sees who is on it
  note         add a note to an incident's timeline
  trigger      run a journey or check now, in addition to its schedule
  test-page    send a test page to each target, like any other page
  silence      mute pages for a while; incidents still open
  deploy       mark that a version was deployed
  release      open a canary stage by stage, or roll it back
  hook         hooks that change production: test, rehearse, run by hand
  flag         feature flags and kill switches

Lists take --format table|json|csv. Exit codes: 0 success, 1 the answer is no, 2 usage or configuration,
3 the service can't be reached, 70 an error inside Leadline. Completion: leadline --install-completion.
"""
