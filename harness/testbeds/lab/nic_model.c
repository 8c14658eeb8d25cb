// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "harness/testbeds/lab/nic_model.h"

const char *nic_model_of_trial(const struct trial *t)
{
	const char *text = trial_get(t, NIC_MODEL_KEY);

	return text ? text : NIC_MODEL_CHIP;
}

int nic_model_check(const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, NIC_MODEL_KEY);

	if (!text)
		return 0;
	if (strcmp(t->testbed, "lab"))
		return err_set(e, -EINVAL, "%s=%s: only the testbed lab has a model of a NIC", NIC_MODEL_KEY, text);
	if (strcmp(text, NIC_MODEL_CHIP) && strcmp(text, NIC_MODEL_AS_IS))
		return err_set(e, -EINVAL, "%s=%s: must be %s or %s", NIC_MODEL_KEY, text, NIC_MODEL_CHIP,
			       NIC_MODEL_AS_IS);
	return 0;
}

void nic_model_confirm(const struct trial *t, struct outcome *o)
{
	const char *asked = nic_model_of_trial(t), *there = NULL;
	uint32_t i;

	for (i = 0; i < o->n_knobs; i++)
		if (!strcmp(o->knobs[i].key, NIC_MODEL_KEY))
			there = o->knobs[i].value;
	if (!there || strcmp(there, asked))
		outcome_fail(o, TRIAL_FAILED, "the NIC was %s, not %s", there ? there : "unknown", asked);
}
