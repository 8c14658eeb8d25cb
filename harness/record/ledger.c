// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/record/ledger.h"

struct ledger ledger_close(const struct outcome *o)
{
	struct ledger l = {
		.offered = o->generator.sent,
		.delivered = o->capture.unchecked ? o->capture.received : counter_of(o->capture.unique),
	};
	int i;

	for (i = 0; i < DROP_PLACES; i++) {
		if (o->drops[i].known)
			l.dropped += o->drops[i].value;
	}
	/* A corrupted frame arrived but was not delivered: it is counted in capture.corrupted. */
	l.unaccounted = (int64_t)(l.offered - l.delivered.value - l.dropped -
				  (o->capture.unchecked ? 0 : o->capture.corrupted));
	return l;
}
