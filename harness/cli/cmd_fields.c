// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/campaign/setting_value.h"
#include "harness/record/settings.h"
#include "harness/runner/jobs.h"
#include "harness/util/number.h"

const struct cmd_field cmd_fields[CMD_FIELDS] = {
	[FIELD_CAPTURE] = { "capture", "capture" },
	[FIELD_FRAME] = { "frame", "frame" },
	[FIELD_RATE] = { "rate", "rate" },
	[FIELD_COUNT] = { "count", "count" },
	[FIELD_SEED] = { "seed", "seed" },
	[FIELD_SENDERS] = { "senders", "senders" },
	[FIELD_TESTBED] = { "testbed", "testbed" },
	[FIELD_GENERATOR] = { "generator", "generator" },
	[FIELD_READER_CPU] = { "reader-cpu", "reader_cpu" },
	[FIELD_KERNEL] = { "kernel", "set." KERNEL_KEY },
};

int cmd_field(const char *command, struct trial *t, int which, const char *text)
{
	char resolved[SHA256_HEX];
	struct err e = { "" };

	if (which == FIELD_KERNEL && trial_get(t, KERNEL_KEY))
		return cmd_usage(command, "--kernel %s: " KERNEL_KEY " is set twice", text);
	if (which == FIELD_KERNEL && setting_value(KERNEL_KEY, text, NULL, resolved, &text, &e))
		return cmd_usage(command, "--kernel: %s", e.text);

	if (trial_assign(t, cmd_fields[which].word, text, &e))
		return cmd_usage(command, "--%s: %s", cmd_fields[which].option, e.text);
	return 0;
}

static bool has_settings(const struct generator_ops *ops, const struct trial *t)
{
	size_t n = strlen(GENERATOR_PREFIX);
	uint32_t i;

	for (i = 0; i < t->n_settings; i++)
		if (!strncmp(t->settings[i].key, GENERATOR_PREFIX, n) &&
		    !setting_find(ops->settings, t->settings[i].key + n))
			return false;
	return true;
}

void cmd_generator(struct trial *t)
{
	int i;

	for (i = 0; generators[i]; i++) {
		if (has_settings(generators[i], t)) {
			snprintf(t->generator, sizeof(t->generator), "%s", generators[i]->name);
			return;
		}
	}
}

char *cmd_frame_name(const struct trial *t, char name[MIX_TEXT_MAX])
{
	char *c;

	trial_frame(t, name);
	if (!strcmp(name, MIX_IMIX))
		return strcpy(name, "imix");
	for (c = name; *c; c++)
		*c = *c == ':' ? 'x' : *c == ',' ? '-' : *c;
	return name;
}

int cmd_knob(const char *command, struct trial *t, const char *text)
{
	const char *equals = strchr(text, '=');
	struct err e = { "" };
	char key[40], hash[SHA256_HEX];
	const char *value;

	if (!equals || equals == text || equals - text >= (long)sizeof(key))
		return cmd_usage(command, "--set %s: not of the form KEY=VALUE", text);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
	if (trial_get(t, trial_setting_name(key)))
		return cmd_usage(command, "--set %s: %s is set twice", text, key);
	if (setting_value(key, equals + 1, NULL, hash, &value, &e) || trial_set(t, key, value, &e))
		return cmd_usage(command, "--set %s: %s", text, e.text);
	return 0;
}

int cmd_jobs(const char *command, const char *text, unsigned int *jobs)
{
	uint64_t n;

	if (number_parse(text, &n) || n < 1 || n > JOBS_MAX)
		return cmd_usage(command, "--jobs %s: must be 1 to %d", text, JOBS_MAX);
	*jobs = (unsigned int)n;
	return 0;
}

int cmd_jobs_check(const char *command, unsigned int jobs, const struct testbed_ops *testbed)
{
	if (jobs <= 1 || testbed->clock == CLOCK_VIRTUAL)
		return 0;
	return cmd_usage(command, "--jobs %u: on testbed %s, trials side by side would disturb each other", jobs,
			 testbed->name);
}
