"""What `leadline --help` says: the first thing a newcomer reads, and the only help that costs no import.

A test compares it with the commands that exist.
"""

from __future__ import annotations

FRONT_PAGE = """\
Leadline: testing in production. Journeys in a real browser, beacons from real users, compared per version.

Usage: leadline COMMAND [-c FILE] [OPTIONS]       leadline COMMAND --help explains one, with examples

Start here:
  leadline init shop https://shop.example        write leadline.toml and a working journey for that page
  leadline run journeys/shop.py                  run it once and watch its steps
  leadline up                                    run everything on this machine, and page when it breaks

Set up
  init         write a commented leadline.toml and a first journey
  record       Playwright's recorder, written as a journey
  validate     check configuration, journeys and targets without starting anything; --send tries each target
  snippet      the script tag and the web server's line; `snippet verify URL` says why nothing arrives
  schema       the JSON Schema of leadline.toml, for your editor

Run
  up           all services of this machine under one supervisor that restarts what dies
  run          one journey, once, with its steps as they happen
  collector    one service alone: takes in beacons
  scheduler    one service alone: runs journeys and checks, pages
  store        one service alone: loads what arrives, answers figures and SQL
  web          one service alone: dashboard, API

Look
  status       what runs, what is open, what comes next
  vitals       p50, p75, p95 per version with their uncertainty, errors, KPIs
  verdict      may this canary go on, and why: the answer is also the exit code
  plan         what a canary can show with this traffic, how big an effect, and by when
  incidents    what is broken, and what was
  notifications
               who was paged, when, and whether it arrived: one line per incident, transition and target
  budget       what is left of each error budget, and how fast it burns
  slo          objectives and their alerts; OpenSLO documents in and out
  doctor       how ready each app is for tests in production, and what comes next
  dora         how each app delivers: frequency, lead time, failures, recovery
  drops        beacons that were not kept, by reason
  sql          one read-only query over everything that was measured

Keep
  export       the tables as folders of Parquet, for other tools or another home
  import       such folders into the store, checked before anything is written
  backup       the home's data in one file, while everything runs
  restore      such a file into an empty home, verified
  retention    what is kept for how long, and what is due to go

Act
  ack          acknowledge an incident: everyone sees who is on it
  trigger      run a journey or check now, besides its slots
  test-page    a test page to each target, sent and kept like every page
  silence      mute pages for a while; incidents are still opened
  deploy       mark that a version was deployed
  release      open a canary stage by stage, or take it back
  hook         what may change production: test, rehearse, run by hand
  flag         feature flags and kill switches: who gets what, and the one command that stops it

Lists take --format table|json|csv. Exit codes: 0 success, 1 the answer is no, 2 usage or configuration,
3 the service can't be reached, 70 our own fault. Completion: leadline --install-completion.
"""
