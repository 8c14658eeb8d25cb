// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/campaign/check_trial.h"
#include "harness/campaign/kernel_needs.h"
#include "harness/dut/queues.h"
#include "harness/meters/perf.h"
#include "harness/record/settings.h"
#include "harness/sink/verify.h"
#include "harness/testbeds/lab/kernels.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/testbed.h"
#include "harness/trial/fault.h"
#include "harness/trial/reader.h"
#include "harness/util/nearest.h"

static const char *name_of(const char *word, size_t i)
{
	if (strcmp(word, "testbed") == 0)
		return testbeds[i] ? testbeds[i]->name : NULL;
	if (strcmp(word, "capture") == 0)
		return captures[i] ? captures[i]->name : NULL;
	return generators[i] ? generators[i]->name : NULL;
}

int check_name(const char *word, const char *name, struct err *e)
{
	struct nearest meant;
	const char *known;
	char text[96];
	size_t i;

	if (strcmp(word, "testbed") && strcmp(word, "capture") && strcmp(word, "generator"))
		return 0;
	nearest_begin(&meant, name);
	for (i = 0; (known = name_of(word, i)); i++) {
		if (!strcmp(known, name))
			return 0;
		nearest_try(&meant, known);
	}
	return err_set(e, -EINVAL, "unknown %s '%s'%s (see: rxlab list %ss)", word, name, nearest_text(&meant, text),
		       word);
}

/* The first of the queues' settings that the trial has. */
static const char *queues_key(const struct trial *t)
{
	return trial_get(t, CHANNELS_KEY) ? CHANNELS_KEY : trial_get(t, RSS_KEY) ? RSS_KEY : RPS_KEY;
}

/*
 * Queues are those of the machine's own driver, on a testbed that has a machine for each number of them. Elsewhere
 * rps_cpus is a knob as any other.
 */
static int check_queues(const struct trial *t, struct err *e)
{
	const char *key = queues_key(t), *value = trial_get(t, key);
	bool own_kernel = testbed_find(t->testbed)->caps & TESTBED_OWN_KERNEL;
	struct queues q;
	int r;

	if (!value || (!own_kernel && !strcmp(key, RPS_KEY)))
		return 0;
	if (!own_kernel)
		return err_set(e, -EINVAL, "%s=%s: the testbed %s has one queue", key, value, t->testbed);
	r = queues_of_trial(&q, t, e);
	if (r)
		return r;
	if (capture_own_driver(capture_find(t->capture), t))
		return err_set(e, -EINVAL, "%s=%s: %s brings a driver of its own, which has one queue", key, value,
			       t->capture);
	if (trial_get(t, FAULT_KEY) && queues_interrupt_cpus(&q) > 1)
		return err_set(e, -EINVAL, "%s=%s: faults are of a machine with one interrupt CPU", FAULT_KEY,
			       trial_get(t, FAULT_KEY));
	return 0;
}

/* Settings of every trial, each checked by the room that implements it. */
static int check_everybodys(const struct trial *t, struct err *e)
{
	struct fault fault;
	uint64_t spin_ns;
	int r = verify_check(t, e);

	r = r ? r : fault_of_trial(&fault, t, e);
	r = r ? r : reader_spin(&spin_ns, t, e);
	r = r ? r : nic_model_check(t, e);
	return r ? r : perf_check(t, testbed_find(t->testbed)->clock == CLOCK_WALL, e);
}

static int check_generator(const struct trial *t, struct err *e)
{
	const struct generator_ops *ops = generator_find(t->generator);

	if (ops->guest_cannot && testbed_find(t->testbed)->caps & TESTBED_OWN_KERNEL)
		return err_set(e, -EINVAL, "generator %s cannot run on %s: %s", ops->name, t->testbed,
			       ops->guest_cannot);
	return generator_check(t, e);
}

/* Refuses a kernel on a testbed that has none of its own, and removes the setting where it is the lab's own. */
static int check_kernel(struct trial *t, struct err *e)
{
	const char *name = trial_get(t, KERNEL_KEY);

	if (name && !(testbed_find(t->testbed)->caps & TESTBED_OWN_KERNEL))
		return err_set(e, -EINVAL, KERNEL_KEY "=%s: the testbed %s has the kernel of this machine", name,
			       t->testbed);
	if (name && !strcmp(name, KERNEL_OWN))
		trial_unset(t, KERNEL_KEY);
	return 0;
}

/* The lab's own kernel is known when the lab has its packages. */
static int check_kernel_needs(const struct trial *t, struct err *e)
{
	const char *name = trial_get(t, KERNEL_KEY);
	char own[KERNEL_NAME] = "";
	struct lab l;

	if (!(testbed_find(t->testbed)->caps & TESTBED_OWN_KERNEL))
		return 0;
	if (!name && !lab_paths(&l, NULL))
		lab_kernel_own(&l, own);
	return kernel_needs_check(t, name ? name : own, e);
}

int check_trial(struct trial *t, struct err *e)
{
	int ret;

	ret = check_name("testbed", t->testbed, e);
	if (!ret)
		ret = check_name("capture", t->capture, e);
	if (!ret)
		ret = check_name("generator", t->generator, e);
	if (!ret)
		ret = check_kernel(t, e);
	/* A base that does not exist is the capture's to say. */
	if (!ret)
		ret = capture_check(t, e);
	if (!ret)
		ret = check_kernel_needs(t, e);
	if (!ret)
		ret = check_queues(t, e);
	if (!ret)
		ret = check_settings(t, e);
	if (!ret)
		ret = generator_settle(t, e);
	if (!ret)
		ret = check_generator(t, e);
	if (!ret)
		ret = check_everybodys(t, e);
	/* Last resort: some check refused without a message. */
	return ret ? err_set(e, ret, "settings do not fit capture %s and generator %s", t->capture, t->generator) : 0;
}
