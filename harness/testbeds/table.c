// SPDX-License-Identifier: GPL-2.0-or-later
/* Every testbed. A new one adds two lines here. */
#include <stddef.h>
#include <string.h>

#include "harness/testbeds/testbed.h"

extern const struct testbed_ops testbed_lab;
extern const struct testbed_ops testbed_netns;

const struct testbed_ops *const testbeds[] = {
	&testbed_lab,
	&testbed_netns,
	NULL,
};

const struct testbed_ops *testbed_find(const char *name)
{
	int i;

	for (i = 0; testbeds[i]; i++)
		if (!strcmp(testbeds[i]->name, name))
			return testbeds[i];
	return NULL;
}
