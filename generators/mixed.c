// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "generators/mixed.h"

void mixed_of_trial(struct mixed *m, const struct trial *t)
{
	uint32_t i;

	*m = (struct mixed) { .n = 1, .period = 1, .bytes = { t->frame_bytes - FCS_BYTES } };
	if (!t->mix.n)
		return;
	m->n = t->mix.n;
	for (i = 0; i < m->n; i++)
		m->bytes[i] = t->mix.bytes[i] - FCS_BYTES;
	m->period = mix_period(&t->mix);
	mix_order(&t->mix, m->of);
}

int mixed_lengths(const struct trial *t, uint16_t **lengths, uint32_t *n, struct err *e)
{
	struct mixed m;
	uint32_t i;

	*lengths = NULL;
	*n = 0;
	if (!t->mix.n)
		return 0;
	mixed_of_trial(&m, t);
	*lengths = calloc(m.period, sizeof(**lengths));
	if (!*lengths)
		return err_set(e, -ENOMEM, "frame sizes: no memory");
	*n = m.period;
	for (i = 0; i < m.period; i++)
		(*lengths)[i] = (uint16_t)m.bytes[m.of[i]];
	return 0;
}
