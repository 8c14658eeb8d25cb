// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/util/file.h"

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

int nic_model_found(const char *folder, const char *qemu_version, struct err *e)
{
	char path[PATH_MAX + 8], word[NIC_MODEL_TEXT - 64];
	int n;

	snprintf(path, sizeof(path), "%s/" NIC_MODEL_FOUND, folder);
	n = file_get_line(path, word, sizeof(word));
	if (n < 0)
		return err_set(e, n, "%s: %s", path, strerror(-n));
	if (strcmp(word, NIC_MODEL_CHIP))
		return err_set(e, -ENOTSUP, "QEMU %s cannot be the lab's NIC: %s", qemu_version, word);
	return 0;
}

int nic_model_here(char text[NIC_MODEL_TEXT])
{
	char folder[PATH_MAX];
	struct err e = { 0 };
	struct lab l;
	int r = lab_find(&l, NULL, &e);

	if (r)
		return -ENOENT;
	lab_topology_folder(&l, &lab_first_topology, folder, sizeof(folder));
	r = nic_model_found(folder, l.qemu_version, &e);
	if (r)
		snprintf(text, NIC_MODEL_TEXT, "%s", e.text);
	else
		snprintf(text, NIC_MODEL_TEXT,
			 "82576 as the chip is: igb of QEMU %s, mended (nic=as-is: as QEMU has it)", l.qemu_version);
	return r && r != -ENOTSUP ? -ENOENT : r;
}
