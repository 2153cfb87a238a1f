"""The verbs of a nation: one month, many months, one community at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glasstown import census as c
from glasstown import counts as q
from glasstown.consequence import doors, reaction, redress, trust
from glasstown.core.columns import I32, I64, U8, U16, U32, U64, Int
from glasstown.core.kernels import kernel, piece, whole
from glasstown.core.philox import LOW, STRIP, draw_row
from glasstown.judgement import lists, movers, ratings
from glasstown.metrics import nation as metrics
from glasstown.metrics import nation_end
from glasstown.provide import Month, Start
from glasstown.records import dossiers
from glasstown.sensing import reports
from glasstown.town import conduct, nation

_DEEDS, _ENTRIES, _REFUSALS, _REPAID = (c.SERIES.index(name) for name in ("deeds", "entries", "refusals", "repaid"))


class Community(NamedTuple):
    """Everything about one community: people, files, and the entries of the run so far.

    `filed` lists rows of entries in the order of filing, `filed_from` where each month begins in it, `acts_from` where
    each month begins among the rows; `waiting` are late entries. `worth` holds the points that entries brought: as
    filed, fair and proper; `counts` what counted in the present period, in the same order. `cells` is what is counted
    until the end, when it is added to the tally.
    """

    who: c.Residents
    files: c.Files
    lot: c.Lots
    twins: c.Twins
    deeds: c.Deeds
    entries: c.Entries
    changes: c.Changes
    looks: c.Looks
    filed: I32
    filed_from: I64
    acts_from: I64
    waiting: I32
    n_waiting: I64
    ones: U8
    worth: I32
    counts: U16
    touched: U8
    cells: I64
    tally: c.Tally
    lots: U32


def room_for(n: int, rows: int, months: int, n_rows: int, n_groups: int) -> Community:
    """Make an empty community of n people with room for so many entries; it is filled again and again.

    Parameters
    ----------
    rows : int
        Entries and acts of a whole run.
    months : int
        Length of the run.
    n_rows, n_groups : int
        Rows of the tally, and groups of people.
    """
    i32, i64, u8 = np.int32, np.int64, np.uint8
    return Community(
        who=c.blank(c.Residents, n),
        files=c.blank(c.Files, n),
        lot=c.blank(c.Lots, n),
        twins=c.blank(c.Twins, n),
        deeds=c.blank(c.Deeds, rows),
        entries=c.blank(c.Entries, rows),
        changes=c.Changes(np.zeros(n, i32), np.zeros(n, u8), np.zeros(n, i32), np.zeros(1, i64)),
        looks=c.blank(c.Looks, n),
        filed=np.zeros(rows, i32),
        filed_from=np.zeros(months + 1, i64),
        acts_from=np.zeros(months + 1, i64),
        waiting=np.zeros(rows, i32),
        n_waiting=np.zeros(1, i64),
        ones=np.ones(rows, u8),
        worth=np.zeros((rows, 3), i32),
        counts=np.zeros((n, 3, c.N_DEEDS + 1), np.uint16),
        touched=np.zeros(n, u8),
        cells=np.zeros((q.cells_of(n_groups, n_rows), q.N_COUNTS), i64),
        tally=metrics.blank_tally(n_rows, months, n_groups),
        lots=np.zeros((4, n), np.uint32),
    )


@kernel
def begin(first: Int, n: Int, here: Community, start: Start, by: ratings.Rulebooks, keys: U64) -> None:
    """Move n people in and open their files, as they stand before the first month."""
    who, files, lot = here.who, here.files, here.lot
    nation.settle(first, n, who, start.makeup, keys)
    here.n_waiting[0] = here.filed_from[0] = here.acts_from[0] = 0
    here.touched[:] = 0
    if start.rates:
        here.counts[:] = 0
    _open_files(n, who, files, lot, here.twins, start.bands, by)
    if by.red.any():
        here.touched[:n] = 1
        ratings.grade(n, 0, here.touched, files, by, here.changes)
    if start.initial.chance:
        lists.listed_before(first, n, who.age, start.initial, here.changes, keys)
        out, new, rows = here.changes, here.looks.new, here.cells
        _listed_before(first, out, who, files, lot, start, by.court, by.court_closes, new, rows, keys)
        redress.notify_new(
            here.changes, here.looks.new, first, dossiers.BEFORE, by.shamed, files.seat, lot, start.ways, keys
        )


@piece
def _open_files(
    n: Int, who: c.Residents, files: c.Files, lot: c.Lots, twins: c.Twins, bands: U8, by: ratings.Rulebooks
) -> None:
    """Open an empty file for everybody, with the rating that everybody starts from."""
    for i in range(n):
        at = who.home[i]
        files.seat[i], files.opened[i], files.record[i] = at, -1, 0
        files.covered[i] = by.covers[at, who.age[i]]
        files.rating[i] = twins.fair[i] = twins.proper[i] = by.begins[at]
        twins.conduct[i] = twins.early[i] = twins.early_record[i] = twins.early_cheats[i] = 0
        files.band[i] = files.shown[i] = lot.first_band[i] = bands[at]
        files.on_list[i] = files.red[i] = files.case[i] = c.NEVER
        files.claim[i] = files.pardon[i] = files.ended[i] = files.held[i] = files.graded[i] = 0
        lot.busy[i] = 1 if files.covered[i] and by.closes[at, bands[at]] else 0
        lot.told[i] = lot.cause[i] = lot.tries[i] = lot.gave_up[i] = lot.refused[i] = 0
        lot.wrongly[i] = lot.shamed[i] = lot.marks[i] = lot.turn[i] = lot.reached[i] = lot.goes[i] = 0
        lot.since[i], lot.appeal[i], lot.wrong_from[i], lot.blame[i] = 0, c.NEVER, c.FAR, 0


@piece
def _listed_before(
    first: Int,
    out: c.Changes,
    who: c.Residents,
    files: c.Files,
    lot: c.Lots,
    start: Start,
    court: U8,
    closes: U8,
    new: U8,
    rows: I64,
    keys: U64,
) -> None:
    """Give people who are listed at the start the debt, the copies and the habits that go with it."""
    for row in range(out.n[0]):
        i, wrong, months = out.dossier[row], out.what[row], out.reason[row]
        person = np.uint64(first + i)
        lot.busy[i] = 1
        if not wrong:
            who.owes[i] = who.defaults[i] = 1
            who.kind[i] |= np.uint8(c.DEFAULTED)
            q.count(rows, who, i, q.OWING_START, 1)
        new[i] = court[files.seat[i]] and files.covered[i]
        if not new[i]:
            continue
        files.on_list[i], files.record[i] = -2 - months, 1
        lot.cause[i], lot.marks[i] = (c.NAMESAKE, 3) if wrong else (c.RIGHT, 1)
        lot.since[i] = -(months * 365) // 12
        held = np.int64(0)
        for k in range(months + 1):
            held = dossiers.copies(held, True, c.COURT, person & LOW, dossiers.BEFORE + k, 0, start.sharing, keys)
        files.held[i] = held
        closed = lists.known_at(np.int64(closes[files.seat[i]]), held, doors.ASKS)
        doors.used_to(i, person, months, closed, who, lot, start.trying, start.learned, keys)
        q.count(rows, who, i, q.LISTED_START, 1)


def month(first: int, n: int, here: Community, now: Month, by: ratings.Rulebooks, keys: U64) -> bool:
    """Live one month of one community; return False if there is no more room for entries.

    Truth:     1 leave   2 act   3 buy   4 offer   Membrane:  5 invent   6 report
    Blind:     7 arrive  8 enter 9 expire  10 grade  11 open_cases  12 judge  13 spread
    Truth:    14 try_doors  15 shame  16 appeal  17 repay  18 hear   19 move
    """
    if not done(first, n, here, now, by, keys):
        return False
    if now.watched:
        judged(n, here, now.number, now.rates, now.look_at, now.expected, by)
    borne(first, n, here, now, by, keys)
    return True


@kernel
def done(first: Int, n: Int, here: Community, now: Month, by: ratings.Rulebooks, keys: U64) -> bool:
    """Let people leave, act, buy and want perks, and let reporters tell: verbs 1 to 6."""
    k, who, files, lot, rows = now.number, here.who, here.files, here.lot, here.cells
    conduct.leave(k, who, lot, n)
    draw_lots(first, n, k, here.lots, keys)
    begin, deeds = here.acts_from[k], here.deeds
    at = conduct.act(n, first, k, here.lots, who, lot, now.conduct, now.sway, deeds, begin, rows, keys)
    if at < 0 or at + 2 * n > len(deeds.doer):
        return False
    if now.watched:
        at = reaction.buy(n, k, here.lots, now.next_from, who, files, now.reacting, deeds, at, rows)
        at = reports.invent(n, first, k, here.lots, who, now.reporting, deeds, here.entries, at, rows, keys)
        reports.report(begin, at, first, k, who, n, now.reporting, deeds, here.entries, rows, keys)
    if now.opens:
        doors.offer(n, first, k, here.lots, by.opens, by.red_opens, who, files, now.wants, rows, keys)
    here.acts_from[k + 1] = at
    here.tally.series[k, _DEEDS] += at - begin
    return True


@kernel
def judged(
    n: Int, here: Community, month: Int, rates: bool, look_at: U8, expected: I64, by: ratings.Rulebooks
) -> None:
    """File what arrives, add points and take them back, give grades and open cases: verbs 7 to 11."""
    k, files, deeds, entries, twins = month, here.files, here.deeds, here.entries, here.twins
    begin, end, fro = here.acts_from[k], here.acts_from[k + 1], here.filed_from[k]
    to = dossiers.arrive(begin, end, k, entries, here.waiting, here.n_waiting, here.filed, fro)
    here.filed_from[k + 1] = to
    here.tally.series[k, _ENTRIES] += dossiers.kept(here.filed, fro, to, entries.dossier)
    if rates:
        # As filed; as it would have been without errors of the data; and without biased reporters as well.
        _rate(fro, to, here, k, entries.dossier, entries.copies, files.rating, here.counts[:, 0], here.worth[:, 0], by)
        _rate(fro, to, here, k, deeds.proper, here.ones, twins.proper, here.counts[:, 1], here.worth[:, 1], by)
        _rate(fro, to, here, k, deeds.fair, here.ones, twins.fair, here.counts[:, 2], here.worth[:, 2], by)
        metrics.blame(here.filed, fro, to, deeds, entries, here.lot)
        metrics.expect(k, here.acts_from, deeds, here.who, files, twins, by.expiry, expected)
        ratings.grade(n, k, here.touched, files, by, here.changes)
        metrics.note_grades(here.changes, files, here.who, here.lot, look_at, here.cells)
    if by.red.any():
        ratings.review(n, k, files, by)
    lists.open_cases(here.filed, fro, to, k, entries, files, here.lot.busy, by)


@piece
def _rate(
    fro: Int,
    to: Int,
    here: Community,
    month: Int,
    dossier: I32,
    copies: U8,
    rating: I32,
    counts: U16,
    worth: I32,
    by: ratings.Rulebooks,
) -> None:
    """Add the points of new entries to one of the ratings of each person, and take those of old ones back."""
    filed, what, files, touched = here.filed, here.entries.deed, here.files, here.touched
    ratings.enter(filed, fro, to, month, dossier, what, copies, files, rating, counts, worth, touched, by)
    ratings.expire(filed, here.filed_from, month, dossier, what, worth, files, rating, touched, by)


@kernel
def borne(first: Int, n: Int, here: Community, now: Month, by: ratings.Rulebooks, keys: U64) -> None:
    """Judge, spread, and let people bear it: verbs 12 to 19, for who owes or is more on file than a rating."""
    k, who, files, lot, looks = now.number, here.who, here.files, here.lot, here.looks
    rows, series = here.cells, here.tally.series[now.number]
    if k == now.half:
        metrics.look_early(n, files, here.twins, who, by.begins)
    _look(n, who, files, lot, looks)
    if now.watched:
        _watched(first, here, now, by, keys)
    paid = redress.repay(first, k, looks, who, files, lot, here.entries.deed, now.ways, rows, keys)
    series[_REPAID] += paid
    metrics.note_month(looks, now.days, who, files, lot, rows, series)
    if now.watched:
        # Whoever paid is wrongly on the list from then on: about the middle of the month.
        metrics.note_wrong(looks, now.day, now.day + now.days // 2, who, files, lot, rows)
    if now.watched and now.reacting.hears:
        reaction.hear(first, n, k, who, lot, now.reacting, rows, keys)
    if len(now.conduct.places) > 1:
        _move(first, n, here, now, by, keys)
    _let_go(files, who, lot, looks, by.closes)


@piece
def _watched(first: Int, here: Community, now: Month, by: ratings.Rulebooks, keys: U64) -> None:
    """Judge and spread, and let people come to closed doors, be shamed and appeal: verbs 12 to 16."""
    k, who, files, lot, looks = now.number, here.who, here.files, here.lot, here.looks
    rows, series, out = here.cells, here.tally.series[now.number], here.changes
    lists.judge(looks.some, looks.n[0], first, k, files, by, now.listing, out, keys)
    fair, new = here.twins.fair, looks.new
    metrics.note_low(out, files, fair, lot, by.court_from, by.court_to, by.floor, by.cap, new)
    metrics.note_changes(out, now.day, here.entries.deed, here.deeds.cause, who, lot, new, rows, series)
    redress.notify_new(out, looks.new, first, k, by.shamed, files.seat, lot, now.ways, keys)
    dossiers.spread(looks.some, looks.n[0], first, k, files, by.closes, now.sharing, keys)
    _close_doors(files, lot, looks, here.twins.fair, by)
    metrics.note_wrong(looks, now.day, now.day, who, files, lot, rows)
    away, integration = now.conduct.away, now.reporting.integration
    series[_REFUSALS] += doors.try_doors(first, k, looks, away, integration, who, files, lot, now.trying, rows, keys)
    redress.shame(first, k, looks, who, files, lot, now.ways, rows, keys)
    if redress.appeal(first, k, looks, who, files, lot, now.ways, rows, keys) and now.rates:
        heard = here.deeds.cause, here.deeds.proper, here.worth[:, 1]
        filed, filed_from, worth = here.filed, here.filed_from, here.worth[:, 0]
        dossier, opened, rating = here.entries.dossier, files.opened, files.rating
        ratings.strike(files.pardon, heard, filed, filed_from, k, dossier, worth, opened, rating, here.touched)


@piece
def draw_lots(first: Int, n: Int, month: Int, lots: U32, keys: U64) -> None:
    """Draw four words for each person and month: most people have nothing more decided."""
    k0, k1 = keys[c.P_MONTH, 0], keys[c.P_MONTH, 1]
    words = np.empty((4, STRIP), np.uint64)
    for begin in range(0, n, STRIP):
        m = min(STRIP, n - begin)
        draw_row(whole(first) + begin, m, whole(month), 0, words, k0, k1)
        for k in range(4):
            for j in range(m):
                lots[k, begin + j] = words[k, j]


@piece
def _look(n: Int, who: c.Residents, files: c.Files, lot: c.Lots, looks: c.Looks) -> None:
    """List whom this month needs a look at, and let the register tell who died or left."""
    m = 0
    for i in range(n):
        if lot.busy[i]:
            looks.some[m] = i
            m += 1
            if who.lives[i] != c.LIVES:
                files.ended[i] = 1
    looks.n[0] = m


@piece
def _let_go(files: c.Files, who: c.Residents, lot: c.Lots, looks: c.Looks, closes: U8) -> None:
    """Take from the list of looks who needs none any more."""
    for s in range(looks.n[0]):
        i = looks.some[s]
        waits = files.case[i] >= 0 or files.pardon[i] or lot.appeal[i] >= 0 or files.held[i] or files.graded[i]
        stands = lot.wrong_from[i] != c.FAR and who.lives[i] == c.LIVES
        low = files.covered[i] and closes[files.seat[i], files.band[i]]
        if not (waits or stands or files.on_list[i] != c.NEVER or who.owes[i] or low):
            lot.busy[i] = 0


@piece
def _close_doors(files: c.Files, lot: c.Lots, looks: c.Looks, fair_rating: I32, by: ratings.Rulebooks) -> None:
    """Work out which doors are closed to whom, of which only home knows, and which without reason."""
    for s in range(looks.n[0]):
        i = looks.some[s]
        at = files.seat[i]
        looks.closed[i] = looks.local[i] = looks.wrong[i] = 0
        looks.grade[i] = files.shown[i] if by.rates[at] and files.covered[i] else c.UNRATED
        if not (files.held[i] or files.graded[i]):
            continue
        by_list = lists.known_at(np.int64(by.court_closes[at]), np.int64(files.held[i]), doors.ASKS)
        graded = np.int64(files.graded[i] if files.covered[i] else 0)
        by_grade = lists.known_at(np.int64(by.closes[at, files.shown[i]]), graded, doors.ASKS)
        fair = c.band_of(np.int64(fair_rating[i]), np.int64(at), by.floor, by.cap, by.band_from, by.n_bands)
        rightly = by_list if files.on_list[i] != c.NEVER and lot.cause[i] == c.RIGHT else 0
        rightly |= by_grade & np.int64(by.closes[at, fair])
        closed = by_list | by_grade
        looks.closed[i], looks.wrong[i] = closed, closed & ~rightly
        looks.local[i] = closed & ~(by_list if by.national[at] else 0)


@piece
def _move(first: Int, n: Int, here: Community, now: Month, by: ratings.Rulebooks, keys: U64) -> None:
    """Let people move, as was drawn or away from closed doors; their files come along, or new ones are opened."""
    k, who, files, lot, out = now.number, here.who, here.files, here.lot, here.changes
    rows, series = here.cells, here.tally.series[now.number]
    integration, places = now.reporting.integration, now.conduct.places
    reaction.move(first, n, k, here.looks.closed, integration, places, who, lot.busy, now.reacting, out, rows, keys)
    if out.n[0]:
        off = now.day + now.days
        all_three = files.rating, here.twins.proper, here.twins.fair
        if now.rates:
            arrives, opened, what, deeds = np.zeros(n, np.int16), files.opened, here.entries.deed, here.deeds
            kept, filed, begins = (here.entries.dossier, deeds.proper, deeds.fair), here.filed, here.filed_from
            least = movers.lapse(out, arrives, filed, begins, k, kept, what, here.worth, opened, all_three, by)
            metrics.lapse(k, least, arrives, here.acts_from, deeds, opened, here.twins, by.expiry, now.expected)
        movers.reopen(out, files, all_three, here.counts, k, by, here.touched)
        metrics.begin_anew(out, by.band_from, files, lot)
        movers.hand_over(out, here.entries.deed, files, by, who.age)
        metrics.note_moves(out, off, who, lot, here.twins.conduct, rows, series)


@kernel
def end(
    first: Int,
    n: Int,
    here: Community,
    now: Month,
    minds: reaction.Minds,
    dealing: trust.Dealing,
    by: ratings.Rulebooks,
    keys: U64,
) -> None:
    """Read off how everybody stands after the last month."""
    who, lot, twins, tally = here.who, here.lot, here.twins, here.tally
    nation_end.close(n, who, here.files, lot, twins, tally, here.cells, now.number, now.watched)
    if now.rates:
        bands = by.begins, by.floor, by.cap, by.band_from, by.n_bands
        nation_end.close_ratings(n, who, here.files, lot, twins, tally, here.cells, *bands, by.rates)
    reaction.think(first, n, who, lot, minds, here.cells, keys)
    trust.deal(first, n, who, twins, dealing, here.cells, keys)
    q.gather(here.cells, len(by.begins), tally.rows)
