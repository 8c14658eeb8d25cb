// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "harness/testbeds/lab/plugin/wait.h"

#define SECOND 1000000000u
#define CALL_BYTES 5
#define TRUSTED 2 /* an interrupt does not come twice in a row at the same place */
#define SLACK 2 /* ns: both readings of the clock are rounded */
#define CLOCK_ERROR 256 /* a part in as many: the guest's clock is calibrated, and much nearer to an instruction's ns */
#define RESERVE 64 /* instructions, more than a block has */

/* Length of the compare, or 0. REX.W 39 /r: cmp r/m, r; REX.W 3b /r: cmp r, r/m. Register 0 is rax, rm 4 with SIB 24 rsp. */
static size_t compare_decode(struct wait_site *s, const uint8_t *c)
{
	uint8_t reg = (c[2] >> 3 & 7) | (c[0] & 4) << 1, rm = (c[2] & 7) | (c[0] & 1) << 3;

	if ((c[0] & 0xf8) != 0x48 || (c[1] != 0x39 && c[1] != 0x3b))
		return 0;
	if (c[2] >> 6 == 3 && (reg == 0) != (rm == 0)) {
		s->other = reg + rm;
		return 3;
	}
	if (c[2] >> 6 != 1 || reg || rm != 4 || c[3] != 0x24 || c[0] & 2)
		return 0;
	s->other = WAIT_STACK;
	s->offset = (int8_t)c[4];
	return 5;
}

bool wait_decode(struct wait_site *s, uint64_t at, const uint8_t *code, size_t n)
{
	size_t length = n >= 5 ? compare_decode(s, code) : 0;

	s->at = at;
	/* A jump on a condition, eight bits back. */
	return length && n >= length + 2 && (code[length] & 0xf0) == 0x70 &&
	       (int64_t)length + 2 + (int8_t)code[length + 1] == -CALL_BYTES;
}

static bool pass_equal(const struct pass *a, const struct pass *b)
{
	return a->blocks == b->blocks && !memcmp(a->block, b->block, a->blocks * sizeof(a->block[0]));
}

/* Is what v executed since its last look a pass as the ones before? */
static bool pass_known(struct wait_site *s, const struct vcpu *v)
{
	const struct pass *p = &v->wait.path;

	if (!p->on || v->wait.site != s || !p->blocks)
		return false;
	if (!pass_equal(p, &s->pass)) {
		s->pass = *p;
		s->seen = 0;
	}
	s->seen += s->seen < TRUSTED;
	return s->seen == TRUSTED;
}

/*
 * An instruction is a nanosecond, and the guest's clock says so too. Between reading the clock and comparing, others may
 * have run, so two passes without them are needed to tell.
 */
static bool clock_followed(const struct vcpu *v, const struct wait_look *look)
{
	uint64_t insns = v->wait.path.insns + v->wait.skipped, ns = look->time - v->wait.time;
	uint64_t error = insns / CLOCK_ERROR + SLACK;

	return !v->wait.looked || (ns <= insns + error && ns + error >= insns);
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Passes that surely all end before the time that is waited for. None goes over a whole second either: a clock of user
 * space has a second more to carry there, in some instructions more.
 */
static uint64_t passes_until(const struct pass *p, const struct wait_look *look)
{
	uint64_t ns = look->until > look->time ? look->until - look->time : 0;

	ns = min(ns, SECOND - look->time % SECOND);
	return ns > SLACK ? (ns - SLACK) * CLOCK_ERROR / ((CLOCK_ERROR + 1) * (uint64_t)p->insns) : 0;
}

/* One pass, block by block, over the end of a turn that nobody else wants. */
static void pass_spend(struct counts *c, struct vcpu *v, const struct pass *p)
{
	for (uint32_t i = 0; i < p->blocks; i++) {
		turn_spend(c, v, p->block[i]->insns);
		v->insns += p->block[i]->insns;
	}
}

/* At most so many passes, of which all but those over a turn's end are one sum. Returns how many. */
static uint64_t passes_skip(struct counts *c, struct vcpu *v, const struct pass *p, uint64_t passes, bool over_turns)
{
	uint64_t left = passes, n;

	while (left) {
		n = v->credit > 0 && !v->turn_over ? min(left, (uint64_t)(v->credit - 1) / p->insns) : 0;
		v->insns += n * p->insns;
		v->credit -= (int64_t)(n * p->insns);
		left -= n;
		if (n)
			continue;
		if (!over_turns)
			break;
		pass_spend(c, v, p);
		left--;
	}
	return passes - left;
}

/*
 * When a turn ended in the pass just seen and nobody else ran, all sleep and nothing is on its way to them: until the next
 * timer it stays so, whatever turns end.
 */
static bool is_alone(const struct counts *c, const struct vcpu *v)
{
	for (int i = 0; i < c->vcpus; i++)
		if (&c->vcpu[i] != v && !c->vcpu[i].halted)
			return false;
	return v->turns_begun != v->wait.turns_begun;
}

/* QEMU's budget ends before its next timer. Over turns it must last to the end of one, where QEMU makes a new one. */
static uint64_t reserve_of(const struct counts *c, const struct vcpu *v, const struct wait_site *s)
{
	return is_alone(c, v) ? (uint64_t)v->quantum + s->pass.insns + RESERVE : 0;
}

/* Within a turn nothing else runs, so the pass just seen repeats. */
bool wait_known(struct counts *c, struct vcpu *v, struct wait_site *s, uint64_t budget)
{
	bool pass = pass_known(s, v);

	v->wait.until_known = v->wait.until_known && pass;
	if (!pass || v->wait.switches != c->switches || v->turn_over || !v->quantum)
		return false;
	if (v->turns_begun != v->wait.turns_begun && !is_alone(c, v))
		return false;
	return budget >= reserve_of(c, v, s) + s->pass.insns;
}

int64_t wait_skip(struct counts *c, struct vcpu *v, const struct wait_site *s, const struct wait_look *look,
		  uint64_t budget)
{
	uint64_t passes = min(passes_until(&s->pass, look), (budget - reserve_of(c, v, s)) / s->pass.insns);
	struct wait *w = &v->wait;

	if (!clock_followed(v, look))
		return -1;
	w->skipped = passes_skip(c, v, &s->pass, passes, is_alone(c, v)) * s->pass.insns;
	w->time = look->time;
	w->until = look->until;
	w->until_known = w->looking = true;
	return (int64_t)w->skipped;
}

void wait_begin(const struct counts *c, struct vcpu *v, const struct wait_site *s)
{
	struct wait *w = &v->wait;

	w->looked = w->looking;
	w->looking = false;
	w->site = s;
	w->path.blocks = w->path.insns = 0;
	w->path.on = true;
	w->switches = c->switches;
	w->turns_begun = v->turns_begun;
}
